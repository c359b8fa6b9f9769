// Package lease keeps the orders that this worker claims or works on, each until its work has ended or its lease is over,
// and the slots that bound how many those are (D4).
package lease

import (
	"context"
	"errors"
	"time"

	"orders/worker/internal/order"
)

// The causes for which the context of an attempt is cancelled.
var (
	// ErrLost means that the lease is over: another worker may have the order now.
	ErrLost = errors.New("the lease is over")
	// ErrTimedOut means that the attempt took longer than it may.
	ErrTimedOut = errors.New("the attempt timed out")
)

type state uint8

const (
	claiming state = iota // the claim is not answered
	waiting               // may be claimed when fewer orders with a limit are held
	working               // claimed, and in work
	timedOut              // in work for too long: its context is cancelled and its lease no longer renewed
	ended                 // the work has ended, its report is being added to the outbox
	lost                  // the lease is over, and nothing may be reported
)

// Hold is one order that is being claimed or held. Its lease is counted from before the claim was sent, so that it ends
// before the gateway's does.
type Hold struct {
	// Order is the claimed order.
	Order order.Order

	ctx    context.Context
	cancel context.CancelCauseFunc
	begun  time.Time

	// All below is guarded by the table's mutex.
	state      state
	limit      uint32    // how many may be held together with it; 0: it does not count
	isRenewing bool      // a renewal is not answered
	renewAt    time.Time // when a third of the lease has passed
	overAt     time.Time // when the lease counts as over
	timeoutAt  time.Time // when the attempt has taken too long
}

// Context is cancelled, with its cause, when the work should stop.
func (h *Hold) Context() context.Context {
	return h.ctx
}

// Begun is when the work began.
func (h *Hold) Begun() time.Time {
	return h.begun
}

// extend notes a lease of that length, counted from sent.
func (h *Hold) extend(sent time.Time, length time.Duration) {
	h.renewAt = sent.Add(length / 3)
	// A scan may come late by its interval, and cancelling the work takes a moment as well.
	h.overAt = sent.Add(length - min(ScanInterval, length/10))
}

func (h *Hold) isInWork() bool {
	return h.state == working || h.state == timedOut
}

// update is an update of this attempt.
func (h *Hold) update(kind order.Kind) order.Update {
	return order.Update{OrderID: h.Order.ID, Kind: kind, Attempt: h.Order.Attempt}
}
