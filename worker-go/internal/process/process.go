// Package process is where the work on an order is done. What a company does with an order, such as billing it and
// mailing a receipt, goes here as steps of a Chain.
package process

import (
	"context"
	"errors"

	"orders/worker/internal/order"
)

// Processor works on one order.
//
// Process returns nil when the work is done. Any error fails the attempt; another follows after a backoff, unless the
// error is Permanent or too many attempts have failed. A panic counts as an error.
//
// Process is called at least once for an order, and may be called again although an earlier call did all of its work: the
// process may have been killed before it could report. Only one worker at a time holds the order, and only the result of
// the newest attempt counts, but an attempt that was taken from a worker may still run for a moment. So each effect must
// be idempotent: see Step.
//
// Process must return soon after ctx is done, which happens when the attempt takes too long, when the lease on the order
// is lost, or when the worker stops. In the last two cases its error is not counted as a failure.
//
// Process is called by many goroutines at once.
type Processor interface {
	Process(ctx context.Context, o order.Order) error
}

// Func is a function as a Processor.
type Func func(ctx context.Context, o order.Order) error

// Process calls f.
func (f Func) Process(ctx context.Context, o order.Order) error {
	return f(ctx, o)
}

// Permanent marks err as one that another attempt would meet again: the order ends as failed at once, until somebody
// redrives it. It returns nil when err is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent tells whether err, or an error that it wraps, was marked by Permanent.
func IsPermanent(err error) bool {
	var marked *permanentError
	return errors.As(err, &marked)
}

type permanentError struct {
	err error
}

func (e *permanentError) Error() string { return e.err.Error() }

func (e *permanentError) Unwrap() error { return e.err }
