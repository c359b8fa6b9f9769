package lease

import (
	"context"
	"sync"
	"time"

	"orders/worker/internal/order"
)

// Table holds the orders that are being claimed or worked on. Its methods may be called by many goroutines.
type Table struct {
	parent  context.Context
	slots   int
	timeout time.Duration

	mu    sync.Mutex
	holds map[string]*Hold
	// The orders that wait for room, the smallest limits first; how many are held under each limit; and the limits of those
	// among them whose work has ended and whose reports are not answered.
	waiting   []*Hold
	limited   map[uint32]int
	reporting map[attempt]uint32
	isClosed  bool // no order may wait any more
	inUse     int
	freed     chan struct{} // has room for one signal: a slot became free
}

// NewTable returns an empty table with that many slots, for attempts that may take up to timeout each. Their contexts have
// the values of parent, which is never done.
func NewTable(parent context.Context, slots int, timeout time.Duration) *Table {
	return &Table{
		parent: context.WithoutCancel(parent), slots: slots, timeout: timeout,
		holds: make(map[string]*Hold), freed: make(chan struct{}, 1),
		limited: make(map[uint32]int), reporting: make(map[attempt]uint32),
	}
}

// Reserve takes a slot for the order before it is claimed. It returns false, and takes none, when the order is being
// claimed or held already.
func (t *Table) Reserve(orderID string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, isHeld := t.holds[orderID]; isHeld {
		return false
	}
	t.holds[orderID] = &Hold{state: claiming}
	t.inUse++
	return true
}

// Cancel frees the slot of an order whose claim leads to no work. It returns the claims of those that have room by it.
func (t *Table) Cancel(orderID string) []order.Update {
	t.mu.Lock()
	defer t.mu.Unlock()
	h, isHeld := t.holds[orderID]
	if !isHeld || h.state != claiming {
		return nil
	}
	t.leave(h)
	delete(t.holds, orderID)
	t.freeSlot()
	return t.admit()
}

// Begin notes that a claim, sent at that time, brought this order with a lease of that length, and returns its hold, or
// nil when that lease is over already. The time of the work begins now.
func (t *Table) Begin(claimed order.Order, sent time.Time, length time.Duration, now time.Time) *Hold {
	t.mu.Lock()
	defer t.mu.Unlock()
	h, isHeld := t.holds[claimed.ID]
	if !isHeld || h.state != claiming || !now.Before(sent.Add(length)) {
		return nil
	}
	h.state, h.Order = working, claimed
	// The parent cannot be done: thousands of children a second would contend for its lock, and the table can cancel them
	// all itself.
	h.ctx, h.cancel = context.WithCancelCause(t.parent)
	h.begun = now
	h.timeoutAt = now.Add(t.timeout)
	h.extend(sent, length)
	return h
}

// End notes that the work has ended. It returns whether its result may be reported: not when the lease was over before.
// Call Free next, after the report is in the outbox, so that a new claim of the order cannot overtake it.
func (t *Table) End(h *Hold) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !h.isInWork() {
		return false
	}
	h.state = ended
	return true
}

// Free forgets a hold whose work has ended and frees its slot.
func (t *Table) Free(h *Hold) {
	h.cancel(nil)
	t.mu.Lock()
	defer t.mu.Unlock()
	if h.state == ended {
		t.keepRoom(h)
	}
	t.forget(h)
	t.freeSlot()
}

// forget removes the hold, unless the order was claimed anew since. Work that goes on although its lease is over counts
// in no group: if it never ended, no order of its limit would ever have room.
func (t *Table) forget(h *Hold) {
	t.leave(h)
	if t.holds[h.Order.ID] == h {
		delete(t.holds, h.Order.ID)
	}
}

func (t *Table) freeSlot() {
	t.inUse--
	select {
	case t.freed <- struct{}{}:
	default:
	}
}

// CancelAll cancels the contexts of all work, for the given cause. The work still counts as held.
func (t *Table) CancelAll(cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.holds {
		if h.isInWork() {
			h.cancel(cause)
		}
	}
}

// Abandon forgets all orders in work, whose results then count no more, and returns a release for each.
func (t *Table) Abandon() []order.Update {
	t.mu.Lock()
	defer t.mu.Unlock()
	var releases []order.Update
	for _, h := range t.holds {
		if h.isInWork() {
			h.state = lost
			t.forget(h)
			releases = append(releases, h.update(order.Release))
		}
	}
	return releases
}

// Held returns how many orders are being claimed or held.
func (t *Table) Held() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.holds)
}
