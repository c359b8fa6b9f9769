package worker_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"orders/worker/internal/gatewaytest"
	"orders/worker/internal/order"
	"orders/worker/internal/process"
	"orders/worker/internal/redistest"
	"orders/worker/internal/worker"
)

func TestEveryOrderIsCompletedOnce(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	ids := s.create(5000)
	s.enqueue(ids[:3000]...)
	var processed sync.Map
	s.start(process.Func(func(_ context.Context, o order.Order) error {
		if _, again := processed.LoadOrStore(o.ID, true); again {
			t.Errorf("order %s was processed twice", o.ID)
		}
		if o.Item != "Laptop" || o.Quantity != 2 || o.PriceCents != 129999 || o.Attempt != 1 || o.CreatedAt.IsZero() {
			t.Errorf("order %+v", o)
		}
		return nil
	}))
	s.enqueue(ids[2500:]...) // 500 of them twice
	s.awaitCompleted(ids)
	if overlapping := s.gateway.Overlapping(); len(overlapping) > 0 {
		t.Errorf("%d orders were in two calls at once", len(overlapping))
	}
	if calls := len(s.gateway.Calls()); calls > 100 {
		t.Errorf("%d calls for %d orders: no batches", calls, len(ids))
	}
}

func TestALoneOrderDoesNotWait(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	s.start(instant)
	// A timer would delay each of them, a busy machine only some.
	fastest := deadline
	for range 20 {
		ids := s.create(1)
		begin := time.Now()
		s.enqueue(ids...)
		s.await("the order completed", func() bool { return s.gateway.Order(ids[0]).Completions == 1 })
		fastest = min(fastest, time.Since(begin))
	}
	if fastest > 100*time.Millisecond {
		t.Errorf("the fastest of the lone orders took %v", fastest)
	}
}

func TestConcurrencyIsBoundedAndUsed(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	ids := s.create(40)
	s.enqueue(ids...)
	var inWork, most atomic.Int64
	release := make(chan struct{})
	s.start(process.Func(func(ctx context.Context, _ order.Order) error {
		defer inWork.Add(-1)
		most.Store(max(most.Load(), inWork.Add(1)))
		<-release
		return nil
	}), func(o *worker.Options) { o.Concurrency = 8 })
	s.await("all slots used", func() bool { return inWork.Load() == 8 })
	close(release)
	s.awaitCompleted(ids)
	if most.Load() > 8 {
		t.Errorf("%d orders were in work at once", most.Load())
	}
}

func TestDuplicateEntriesAreDropped(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	ids := s.create(1)
	begun, release := make(chan struct{}, 10), make(chan struct{})
	s.start(process.Func(func(context.Context, order.Order) error {
		begun <- struct{}{}
		<-release
		return nil
	}))
	s.enqueue(ids[0], ids[0])
	<-begun
	last := s.create(1)
	s.enqueue(ids[0], strings.ToUpper(ids[0]), last[0])
	<-begun // the last one: so the duplicates before it were read
	close(release)
	s.awaitCompleted(append(ids, last...))
	claims := 0
	for _, call := range s.gateway.Calls() {
		for _, update := range call {
			if update.GetOrderId() == ids[0] && update.GetStatus() == processing {
				claims++
			}
		}
	}
	if claims != 1 {
		t.Errorf("the order was claimed %d times", claims)
	}
}

func TestRejectedClaimIsDropped(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	ids := s.create(3)
	s.gateway.Change(ids[0], func(o *gatewaytest.Order) { o.Status, o.Worker, o.Attempt = processing, "another", 1 })
	unknown := "0199c0de-7abc-7def-8123-000000000000"
	var processed sync.Map
	w := s.start(process.Func(func(_ context.Context, o order.Order) error {
		processed.Store(o.ID, true)
		return nil
	}))
	s.enqueue(ids[0], unknown, ids[1], ids[2])
	s.awaitCompleted(ids[1:])
	s.await("nothing held", func() bool { return w.Held() == 0 })
	for _, id := range []string{ids[0], unknown} {
		if _, was := processed.Load(id); was {
			t.Errorf("order %s was processed although its claim was rejected", id)
		}
	}
}

func TestFailuresAreReported(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		process   process.Func
		reason    string
		retryable bool
	}{
		"retryable": {func(context.Context, order.Order) error { return errors.New("no route to bank") }, "no route to bank", true},
		"permanent": {func(context.Context, order.Order) error { return process.Permanent(errors.New("card refused")) }, "card refused", false},
		"panic":     {func(context.Context, order.Order) error { panic("no stock") }, "panic: no stock", true},
		"Goexit":    {func(context.Context, order.Order) error { runtime.Goexit(); return nil }, "the work ended without a result", true},
		"time-out":  {func(ctx context.Context, _ order.Order) error { <-ctx.Done(); return ctx.Err() }, "timed out after 150ms", true},
		"not UTF-8": {func(context.Context, order.Order) error { return errors.New("bad \xff byte") }, "bad \uFFFD byte", true},
		"too long":  {func(context.Context, order.Order) error { return errors.New(strings.Repeat("é", 1500)) }, strings.Repeat("é", 1000), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t, longLease)
			id := s.create(1)[0]
			s.start(test.process, func(o *worker.Options) { o.ProcessTimeout = 150 * time.Millisecond })
			s.enqueue(id)
			s.await("the failure reported", func() bool { return s.gateway.Order(id).Failures == 1 })
			if o := s.gateway.Order(id); o.Reason != test.reason || o.Retryable != test.retryable {
				t.Errorf("reason %.80q, retryable %v; want %.80q, %v", o.Reason, o.Retryable, test.reason, test.retryable)
			}
			if log := s.log.String(); strings.Count(log, "an attempt failed") != 1 || !strings.Contains(log, id) {
				t.Errorf("logged:\n%s", log)
			}
			if log := s.log.String(); name == "panic" && !strings.Contains(log, "worker_test.go") {
				t.Errorf("the stack is not in the log:\n%s", log)
			}
		})
	}
}

func TestCallsAreRepeatedUntilAnswered(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*gatewaytest.Gateway, gatewaytest.Hook){
		"call lost":   (*gatewaytest.Gateway).Before,
		"answer lost": (*gatewaytest.Gateway).After,
	}
	for name, set := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t, longLease)
			ids := s.create(300)
			var calls atomic.Int64
			answers := []error{
				status.Error(codes.Unavailable, "MySQL is away"), status.Error(codes.Internal, "a bug"),
				status.Error(codes.Aborted, "aborted"), nil,
			}
			set(s.gateway, func(context.Context, []gatewaytest.Update) error { return answers[calls.Add(1)%4] })
			s.start(instant)
			s.enqueue(ids...)
			s.awaitCompleted(ids)
			if overlapping := s.gateway.Overlapping(); len(overlapping) > 0 {
				t.Errorf("%d orders were in two calls at once", len(overlapping))
			}
		})
	}
}

func TestGatewayAwayForAWhile(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	ids := s.create(2000)
	s.start(process.Simulated{Time: 5 * time.Millisecond})
	s.enqueue(ids[:1000]...)
	s.await("some completed", func() bool { return s.gateway.Count(completed) > 0 })
	s.gateway.Stop()
	s.enqueue(ids[1000:]...)
	s.await("noticed", func() bool { return strings.Contains(s.log.String(), "the gateway is away") })
	s.gateway.Resume()
	s.awaitCompleted(ids)
	if log := s.log.String(); strings.Count(log, "the gateway is back") > 3 {
		t.Errorf("logged too much:\n%s", log)
	}
}

func TestRedisAwayAndEmptied(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	proxy := redistest.NewProxy(t, s.url)
	s.url = proxy.URL
	ids := s.create(600)
	s.start(process.Simulated{Time: time.Millisecond})
	s.enqueue(ids[:200]...)
	s.await("the first completed", func() bool { return s.gateway.Completed() == 200 })
	proxy.Cut()
	s.await("noticed", func() bool { return strings.Contains(s.log.String(), "Redis is away") })
	if err := s.redis.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	s.enqueue(ids[200:400]...) // into a stream that has no group
	proxy.Resume()
	s.await("the next completed", func() bool { return s.gateway.Completed() == 400 })
	if err := s.redis.FlushDB(t.Context()).Err(); err != nil { // while reading
		t.Fatal(err)
	}
	s.enqueue(ids[400:]...)
	s.awaitCompleted(ids)
}

func TestReadingStopsWhileReportsCannotBeSent(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	const slots = 10
	s.gateway.Before(func(_ context.Context, updates []gatewaytest.Update) error {
		if updates[0].GetStatus() == completed {
			return status.Error(codes.Unavailable, "MySQL is away")
		}
		return nil
	})
	s.enqueue(s.create(500)...)
	s.start(instant, func(o *worker.Options) { o.Concurrency = slots })
	s.await("the gateway is away", func() bool { return strings.Contains(s.log.String(), "the gateway is away") })
	// Both lanes are taken by reports that cannot be sent, so the reading stops by itself, long before the end.
	if left := s.unread(t); left < 500-6*slots {
		t.Errorf("%d entries are left unread", left)
	}
	s.gateway.Before(nil)
	s.await("all completed", func() bool { return s.gateway.Completed() == 500 })
}

// unread is how many entries nobody has read.
func (s *system) unread(t *testing.T) int64 {
	t.Helper()
	groups, err := s.redis.XInfoGroups(t.Context(), "orders:queue").Result()
	if err != nil || len(groups) != 1 {
		t.Fatalf("groups %v, %v", groups, err)
	}
	return groups[0].Lag
}
