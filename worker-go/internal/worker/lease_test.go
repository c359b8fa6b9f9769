package worker_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"orders/worker/internal/gatewaytest"
	"orders/worker/internal/lease"
	"orders/worker/internal/order"
	"orders/worker/internal/process"
	"orders/worker/internal/worker"
)

// shortLease is long enough for a busy machine to renew it in time: two thirds of it may go by.
const shortLease = 3 * time.Second

func TestLongWorkIsRenewed(t *testing.T) {
	t.Parallel()
	s := newSystem(t, shortLease)
	ids := s.create(20)
	release := make(chan struct{})
	s.start(process.Func(func(ctx context.Context, _ order.Order) error {
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}))
	s.enqueue(ids...)
	s.await("four renewals of each, longer than a lease", func() bool {
		for _, id := range ids {
			if s.gateway.Order(id).Renewals < 4 {
				return false
			}
		}
		return true
	})
	close(release)
	s.awaitCompleted(ids)
}

func TestShortWorkIsNeverRenewed(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	ids := s.create(200)
	s.enqueue(ids...)
	s.start(process.Simulated{Time: 20 * time.Millisecond})
	s.awaitCompleted(ids)
	for _, id := range ids {
		if renewals := s.gateway.Order(id).Renewals; renewals > 0 {
			t.Errorf("order %s was renewed %d times", id, renewals)
		}
	}
}

// causeOf is work that goes on until its context is done, and hands over the cause.
func causeOf(causes chan<- error) process.Processor {
	return process.Func(func(ctx context.Context, _ order.Order) error {
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return ctx.Err()
	})
}

func TestWorkIsCancelledWhenItsLeaseIsOver(t *testing.T) {
	t.Parallel()
	s := newSystem(t, shortLease)
	id := s.create(1)[0]
	s.gateway.Before(func(_ context.Context, updates []gatewaytest.Update) error {
		if updates[0].GetAttempt() > 0 { // no renewal gets through
			return status.Error(codes.Unavailable, "MySQL is away")
		}
		return nil
	})
	causes := make(chan error, 1)
	begin := time.Now()
	w := s.start(causeOf(causes))
	s.enqueue(id)
	if cause := <-causes; !errors.Is(cause, lease.ErrLost) {
		t.Errorf("cancelled because of %v", cause)
	}
	if took := time.Since(begin); took < shortLease/2 {
		t.Errorf("cancelled after %v already", took)
	}
	s.await("nothing held", func() bool { return w.Held() == 0 })
	w.stop()
	<-w.ended
	if o := s.gateway.Order(id); o.Failures+o.Completions+o.Releases != 0 {
		t.Errorf("a lost order was reported: %+v", o)
	}
	for _, call := range s.gateway.Calls() {
		for _, update := range call {
			if update.GetStatus() != processing {
				t.Errorf("sent %v", update)
			}
		}
	}
}

func TestWorkIsCancelledWhenItsRenewalIsRejected(t *testing.T) {
	t.Parallel()
	s := newSystem(t, shortLease)
	id := s.create(1)[0]
	causes := make(chan error, 1)
	w := s.start(causeOf(causes))
	s.enqueue(id)
	s.await("claimed", func() bool { return s.gateway.Order(id).Status == processing })
	s.gateway.Change(id, func(o *gatewaytest.Order) { o.Attempt, o.Worker = 2, "another" })
	if cause := <-causes; !errors.Is(cause, lease.ErrLost) {
		t.Errorf("cancelled because of %v", cause)
	}
	s.await("nothing held", func() bool { return w.Held() == 0 })
	s.await("the loss logged", func() bool { return strings.Contains(s.log.String(), "the lease was taken back") })
}

func TestReportOfALostAttemptIsDropped(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	ids := s.create(2)
	begun, release := make(chan struct{}), make(chan struct{})
	s.start(process.Func(func(_ context.Context, o order.Order) error {
		if o.ID == ids[0] {
			close(begun)
			<-release
		}
		return nil
	}))
	s.enqueue(ids[0])
	<-begun
	s.gateway.Change(ids[0], func(o *gatewaytest.Order) { o.Attempt, o.Worker = 2, "another" })
	close(release)
	s.await("the rejection logged", func() bool { return strings.Contains(s.log.String(), "its effect does not count") })
	s.enqueue(ids[1])
	s.await("the next order completed", func() bool { return s.gateway.Order(ids[1]).Completions == 1 })
	if o := s.gateway.Order(ids[0]); o.Completions != 0 || o.Attempt != 2 {
		t.Errorf("the newer attempt was overwritten: %+v", o)
	}
}

// An order that failed and comes back at once is claimed anew, even though the answer to the failure is not there yet.
func TestOrderComesBackBeforeItsReportIsAnswered(t *testing.T) {
	t.Parallel()
	s := newSystem(t, longLease)
	id := s.create(1)[0]
	hold := make(chan struct{})
	s.gateway.After(func(_ context.Context, updates []gatewaytest.Update) error {
		if updates[0].GetStatus() == failed {
			s.gateway.Change(id, func(o *gatewaytest.Order) { o.Status = pending })
			s.enqueue(id)
			<-hold
		}
		return nil
	})
	var attempts atomic.Int64
	w := s.start(process.Func(func(context.Context, order.Order) error {
		if attempts.Add(1) == 1 {
			return errors.New("not yet")
		}
		return nil
	}))
	s.enqueue(id)
	s.await("the order read again", func() bool { return attempts.Load() == 1 && w.Held() == 1 })
	close(hold)
	s.await("the order completed", func() bool { return s.gateway.Order(id).Completions == 1 })
	if o := s.gateway.Order(id); o.Attempt != 2 || len(s.gateway.Overlapping()) > 0 {
		t.Errorf("order %+v, overlapping %v", o, s.gateway.Overlapping())
	}
}

// Work that does not heed its context keeps its slot, but loses its lease.
func TestWorkThatDoesNotHeedItsTimeout(t *testing.T) {
	t.Parallel()
	s := newSystem(t, shortLease)
	ids := s.create(2)
	release := make(chan struct{})
	defer close(release)
	s.start(process.Func(func(_ context.Context, o order.Order) error {
		if o.ID == ids[0] {
			<-release
		}
		return nil
	}), func(o *worker.Options) { o.ProcessTimeout, o.DrainTimeout = 100*time.Millisecond, 200*time.Millisecond })
	s.enqueue(ids[0])
	s.await("the lease is over", func() bool { return strings.Contains(s.log.String(), "the lease is over") })
	s.enqueue(ids[1])
	s.await("the next order completed", func() bool { return s.gateway.Order(ids[1]).Completions == 1 })
	if o := s.gateway.Order(ids[0]); o.Renewals > 0 || o.Failures > 0 {
		t.Errorf("the order was still spoken for: %+v", o)
	}
}
