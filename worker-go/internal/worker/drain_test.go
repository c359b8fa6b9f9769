package worker_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"orders/worker/internal/gatewaytest"
	"orders/worker/internal/order"
	"orders/worker/internal/process"
	"orders/worker/internal/worker"
)

const (
	// shortGrace leaves a busy machine the time to give everything back in its last quarter.
	shortGrace = 4 * time.Second
	// soonAfterShortGrace is what a busy machine may add to it.
	soonAfterShortGrace = 8 * time.Second
)

func grace(d time.Duration) func(*worker.Options) {
	return func(o *worker.Options) { o.DrainTimeout = d }
}

// counted counts in begun how often the work has begun.
func counted(begun *atomic.Int64, p process.Processor) process.Processor {
	return process.Func(func(ctx context.Context, o order.Order) error {
		begun.Add(1)
		return p.Process(ctx, o)
	})
}

func awaitEnd(t *testing.T, r *running, within time.Duration) {
	t.Helper()
	select {
	case <-r.ended:
	case <-time.After(within):
		t.Fatalf("the worker did not end within %v", within)
	}
}

func TestDrainFinishesShortWork(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	ids := s.create(100)
	s.enqueue(ids...)
	var begun atomic.Int64
	w := s.start(counted(&begun, process.Simulated{Time: 700 * time.Millisecond}))
	s.await("all in work", func() bool { return begun.Load() == int64(len(ids)) })
	w.stop()
	awaitEnd(t, w, deadline)
	s.awaitCompleted(ids)
	if strings.Contains(s.log.String(), "an attempt failed") || !strings.Contains(s.log.String(), "everything is reported") {
		t.Errorf("logged:\n%s", s.log.String())
	}
}

func TestDrainReleasesLongWork(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	ids := s.create(100)
	s.enqueue(ids...)
	var begun atomic.Int64
	w := s.start(counted(&begun, process.Simulated{Time: time.Hour}), grace(shortGrace))
	s.await("all in work", func() bool { return begun.Load() == int64(len(ids)) })
	w.stop()
	awaitEnd(t, w, soonAfterShortGrace)
	for _, id := range ids {
		if o := s.gateway.Order(id); o.Status != pending || o.Releases != 1 || o.Failures != 0 || o.Attempt != 1 {
			t.Fatalf("order %s: %+v", id, o)
		}
	}
	for _, text := range []string{"an attempt failed", "does not end although it is cancelled"} {
		if strings.Contains(s.log.String(), text) {
			t.Errorf("%q was logged:\n%s", text, s.log.String())
		}
	}
}

func TestDrainReleasesWorkThatDoesNotHeedItsContext(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	id := s.create(1)[0]
	s.enqueue(id)
	release := make(chan struct{})
	defer close(release)
	begun := make(chan struct{})
	w := s.start(process.Func(func(context.Context, order.Order) error {
		close(begun)
		<-release
		return nil
	}), grace(shortGrace))
	<-begun
	w.stop()
	awaitEnd(t, w, soonAfterShortGrace)
	if o := s.gateway.Order(id); o.Status != pending || o.Releases != 1 {
		t.Errorf("order %+v", o)
	}
}

// What was read but not claimed before the stop is claimed and given back at once, not left to be missed.
func TestDrainGivesBackWhatWasOnlyRead(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	ids := s.create(50)
	hold, held := make(chan struct{}), make(chan struct{}, 100)
	s.gateway.Before(func(context.Context, []gatewaytest.Update) error {
		held <- struct{}{}
		<-hold
		return nil
	})
	w := s.start(process.Func(func(context.Context, order.Order) error {
		t.Error("work began after the stop")
		return nil
	}))
	s.enqueue(ids...)
	<-held
	w.stop()
	s.await("the stop is noticed", func() bool { return strings.Contains(s.log.String(), "stopping") })
	close(hold)
	awaitEnd(t, w, deadline)
	for _, id := range ids {
		if o := s.gateway.Order(id); o.Status != pending || o.Releases > 1 || o.Attempt > 1 {
			t.Fatalf("order %s: %+v", id, o)
		}
	}
}

func TestDrainEndsWithinTheGraceWithoutAGateway(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	s.enqueue(s.create(100)...)
	w := s.start(process.Simulated{Time: 10 * time.Millisecond}, grace(shortGrace))
	s.await("some completed", func() bool { return s.gateway.Completed() > 0 })
	s.gateway.Stop()
	s.enqueue(s.create(100)...)
	s.await("noticed", func() bool { return strings.Contains(s.log.String(), "the gateway is away") })
	w.stop()
	awaitEnd(t, w, soonAfterShortGrace)
	if !strings.Contains(s.log.String(), "stopped before everything was reported") {
		t.Errorf("logged:\n%s", s.log.String())
	}
}

func TestIdleWorkerStopsAsSoonAsTheLastReadReturns(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	w := s.start(instant, grace(time.Hour))
	s.await("one order done", func() bool {
		if w.Held() == 0 && s.gateway.Completed() == 0 {
			s.enqueue(s.create(1)...)
		}
		return s.gateway.Completed() > 0
	})
	w.stop()
	awaitEnd(t, w, deadline) // the read returns within a second
}
