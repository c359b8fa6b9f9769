package worker_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"orders/worker/internal/gatewaytest"
	"orders/worker/internal/order"
	"orders/worker/internal/process"
	"orders/worker/internal/worker"
)

func (s *system) limit(limit uint32, ids ...string) {
	for _, id := range ids {
		s.gateway.Change(id, func(o *gatewaytest.Order) { o.HoldLimit = limit })
	}
}

func TestOrdersWithALimitAreHeldInSmallGroups(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	ids := s.create(60)
	groups := map[uint32][]string{1: ids[:4], 5: ids[4:30], 0: ids[30:]}
	limits := map[string]uint32{}
	for limit, members := range groups {
		s.limit(limit, members...)
		for _, id := range members {
			limits[id] = limit
		}
	}
	var mu sync.Mutex
	inWork := map[uint32]int{}
	s.start(process.Func(func(ctx context.Context, o order.Order) error {
		limit := limits[o.ID]
		mu.Lock()
		inWork[limit]++
		if limit > 0 && (inWork[1]+inWork[5] > int(limit) || inWork[1] > 0 && inWork[5] > 0) {
			t.Errorf("in work under limit 1: %d, under limit 5: %d", inWork[1], inWork[5])
		}
		mu.Unlock()
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			inWork[limit]--
		}()
		return process.Simulated{}.Process(ctx, o)
	}))
	s.enqueue(ids...)
	s.awaitCompleted(ids)
	// None was in the worker's hands before its turn: each was claimed once, and none given back.
	for _, id := range ids {
		if o := s.gateway.Order(id); o.Attempt != 1 || o.Releases != 0 {
			t.Errorf("order %+v", o)
		}
	}
}

func TestOrdersThatWaitAreNotClaimed(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	ids := s.create(20)
	s.limit(1, ids[:19]...)
	release := make(chan struct{})
	var begun atomic.Int64
	w := s.start(counted(&begun, process.Func(func(context.Context, order.Order) error {
		<-release
		return nil
	})), func(o *worker.Options) { o.Concurrency = 16 })
	s.enqueue(ids...)
	// Four wait, 14 are let go, and the one without a limit passes them all.
	s.await("the others waiting or let go", func() bool { return begun.Load() == 2 && w.Held() == 6 })
	if claimed := s.gateway.Count(processing); claimed != 2 {
		t.Errorf("%d orders are claimed, want those in work only", claimed)
	}
	w.stop()
	s.await("the stop is noticed", func() bool { return strings.Contains(s.log.String(), "stopping") })
	close(release)
	awaitEnd(t, w, deadline)
	if s.gateway.Completed() != 2 || s.gateway.Count(pending) != 18 || w.Held() != 0 {
		t.Errorf("%d completed, %d pending, %d held", s.gateway.Completed(), s.gateway.Count(pending), w.Held())
	}
}
