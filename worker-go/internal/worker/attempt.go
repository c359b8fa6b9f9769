package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"orders/worker/internal/lease"
	"orders/worker/internal/order"
	"orders/worker/internal/process"
)

// errNoResult is how an attempt ends whose goroutine ended without returning from the processor (runtime.Goexit).
var errNoResult = errors.New("the work ended without a result")

// attempt does the work of one claimed order and puts its result into the outbox.
func (w *Worker) attempt(hold *lease.Hold) {
	err := errNoResult
	defer func() { w.conclude(hold, err) }()
	err = process.Attempt(w.Tracer.Context(hold.Context(), &hold.Order), w.Processor, hold.Order)
}

func (w *Worker) conclude(hold *lease.Hold, err error) {
	w.Metrics.Worked(w.Now().Sub(hold.Begun()))
	if w.table.End(hold) {
		w.outbox.Add(w.report(hold, err))
	}
	w.table.Free(hold)
}

// report is what the gateway should know of an attempt that ended with err.
func (w *Worker) report(hold *lease.Hold, err error) order.Update {
	report := order.Update{OrderID: hold.Order.ID, Kind: order.Complete, Attempt: hold.Order.Attempt}
	cause := context.Cause(hold.Context())
	switch {
	case err == nil:
		return report
	case process.IsPermanent(err):
		report.Kind, report.Reason = order.Fail, err.Error()
	case errors.Is(cause, errStopping):
		report.Kind = order.Release
		return report
	case errors.Is(cause, lease.ErrTimedOut):
		report.Kind, report.Reason, report.Retryable = order.Fail, fmt.Sprintf("timed out after %v", w.ProcessTimeout), true
	default:
		report.Kind, report.Reason, report.Retryable = order.Fail, err.Error(), true
	}
	w.logFailure(report, err)
	return report
}

func (w *Worker) logFailure(report order.Update, err error) {
	attributes := []slog.Attr{
		slog.String("orderId", report.OrderID),
		slog.Uint64("attempt", uint64(report.Attempt)),
		slog.String("reason", report.Reason),
		slog.Bool("retryable", report.Retryable),
	}
	if panicked := new(process.PanicError); errors.As(err, &panicked) {
		attributes = append(attributes, slog.String("stack", string(panicked.Stack)))
	}
	w.Log.LogAttrs(context.Background(), slog.LevelWarn, "an attempt failed", attributes...)
}
