package tracing

import (
	"context"
	"sync"
	"time"

	"orders/worker/internal/order"
)

// Tracer follows the attempts of the orders that are traced. It never delays the work and never fails it. Its methods may
// be called by many goroutines; those of a nil Tracer do nothing.
type Tracer struct {
	sampler  sampler
	exporter *exporter
	cancel   context.CancelFunc // ends an export under way

	mu        sync.Mutex
	delivered map[string]time.Time   // of the orders that are being claimed
	open      map[attemptID]*attempt // claimed and not over
}

// attemptID names an attempt.
type attemptID struct {
	orderID string
	number  uint32
}

// Delivered notes that entries of these orders were read, which are claimed now.
func (t *Tracer) Delivered(claims []order.Update, now time.Time) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range claims {
		if t.sampler.traces(claims[i].OrderID) {
			t.delivered[claims[i].OrderID] = now
		}
	}
}

// Forget notes that the claim of an order led to no attempt.
func (t *Tracer) Forget(orderID string) {
	if t == nil || !t.sampler.traces(orderID) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.delivered, orderID)
}

// Claimed notes that a claim, sent in a batch of that size, was answered and begins an attempt.
func (t *Tracer) Claimed(claimed *order.Order, sent, now time.Time, batch int) {
	if t == nil || !t.sampler.traces(claimed.ID) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delivered, isDelivered := t.delivered[claimed.ID]
	if !isDelivered {
		delivered = sent
	}
	delete(t.delivered, claimed.ID)
	t.open[attemptID{claimed.ID, claimed.Attempt}] = &attempt{
		orderID: claimed.ID, number: claimed.Attempt, delivered: delivered, claimSent: sent, claimAnswered: now, claimBatch: batch,
	}
}

// Context returns the context for the work of an attempt, by which StepEnded finds the attempt.
func (t *Tracer) Context(ctx context.Context, o *order.Order) context.Context {
	if t == nil || !t.sampler.traces(o.ID) {
		return ctx
	}
	t.mu.Lock()
	a, isOpen := t.open[attemptID{o.ID, o.Attempt}]
	t.mu.Unlock()
	if !isOpen {
		return ctx
	}
	return context.WithValue(ctx, attemptKey{}, a)
}

// Reported notes that the report of an attempt, sent in a batch of that size, was answered. The attempt is over by that.
func (t *Tracer) Reported(report *order.Update, result *order.Result, sent, now time.Time, batch int) {
	a := t.close(report.OrderID, report.Attempt)
	if a == nil {
		return
	}
	a.report, a.reportSent, a.reportAnswered, a.reportBatch, a.ended = *report, sent, now, batch, now
	switch {
	case !result.OK():
		a.problem = "the report came too late: " + result.Reason
	case report.Kind == order.Fail:
		a.problem = report.Reason
	}
	t.exporter.add(a)
}

// Lost notes that an attempt ended without a report, as its lease was over.
func (t *Tracer) Lost(orderID string, number uint32, why string, now time.Time) {
	a := t.close(orderID, number)
	if a == nil {
		return
	}
	a.problem, a.ended = why, now
	t.exporter.add(a)
}

// close takes an attempt out of those that are open, and returns nil when it is not traced.
func (t *Tracer) close(orderID string, number uint32) *attempt {
	if t == nil || !t.sampler.traces(orderID) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	id := attemptID{orderID, number}
	a := t.open[id]
	delete(t.open, id)
	return a
}

// Exported is how many spans the collector took.
func (t *Tracer) Exported() int64 {
	if t == nil {
		return 0
	}
	return t.exporter.exported.Load()
}

// Dropped is how many spans the collector never got.
func (t *Tracer) Dropped() int64 {
	if t == nil {
		return 0
	}
	return t.exporter.dropped.Load()
}
