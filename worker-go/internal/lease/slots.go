package lease

import (
	"context"
	"runtime"
)

// AwaitFree waits until slots are free and returns how many, or ctx's error once it is done. Only one goroutine at a time
// may be in AwaitFree or AwaitIdle.
func (t *Table) AwaitFree(ctx context.Context) (int, error) {
	if err := t.await(ctx, func(inUse int) bool { return inUse < t.slots }); err != nil {
		return 0, err
	}
	// Work that ends together frees its slots together, for as long as each yield of the processor frees some: one read
	// fills them all then.
	for free := 0; ; {
		before := free
		if free = t.slots - t.slotsInUse(); free == before || free == t.slots {
			return free, nil
		}
		runtime.Gosched()
	}
}

// AwaitIdle waits until every slot is free: no claim is unanswered and no work goes on.
func (t *Table) AwaitIdle(ctx context.Context) error {
	return t.await(ctx, func(inUse int) bool { return inUse == 0 })
}

func (t *Table) await(ctx context.Context, isMet func(inUse int) bool) error {
	for {
		if isMet(t.slotsInUse()) {
			return nil
		}
		select {
		case <-t.freed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Usage is how the slots are used.
type Usage struct {
	// Free is how many are free.
	Free int
	// IsAllAdrift tells whether every slot is taken by work that goes on although its lease is over.
	IsAllAdrift bool
}

// Usage returns how the slots are used now.
func (t *Table) Usage() Usage {
	t.mu.Lock()
	defer t.mu.Unlock()
	// Work whose lease is over is not among the holds any more, but has its slot until it ends.
	return Usage{Free: t.slots - t.inUse, IsAllAdrift: t.inUse-len(t.holds) == t.slots}
}

func (t *Table) slotsInUse() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.inUse
}
