package worker

import (
	"context"
	"time"
)

// releaseTime returns how much of the grace is kept for giving back what could not be finished.
func releaseTime(grace time.Duration) time.Duration {
	return min(grace/4, 2*time.Second)
}

// drain ends the work within the grace (D10). The read under way ends; claims under way are awaited and released, and
// orders that wait for room are let go; work may go on until the last part of the grace, is cancelled then, and released.
// In the end everything is reported.
func (w *Worker) drain(ctx context.Context, consumed, sent <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, w.DrainTimeout)
	defer cancel()
	w.Log.Info("stopping", "held", w.table.Held(), "graceMs", w.DrainTimeout.Milliseconds())

	w.table.CloseWaiting()
	w.finish(ctx, consumed)
	w.table.CancelAll(errStopping)
	w.awaitCancelled(ctx)
	w.outbox.Add(w.table.Abandon()...)

	w.outbox.Close()
	select {
	case <-sent:
		w.Log.Info("stopped, everything is reported")
	case <-ctx.Done():
		w.Log.Warn("stopped before everything was reported; the orders come back when their leases are over",
			"reports", w.outbox.Reports(), "held", w.table.Held())
	}
}

// finish waits for the last read, for its claims, and for the work.
func (w *Worker) finish(ctx context.Context, consumed <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, w.DrainTimeout-releaseTime(w.DrainTimeout))
	defer cancel()
	select {
	case <-consumed:
	case <-ctx.Done():
		return
	}
	if err := w.table.AwaitIdle(ctx); err != nil {
		w.Log.Info("the grace is nearly over, giving back what is not done", "held", w.table.Held())
	}
}

// awaitCancelled gives the cancelled work half of the time that is left to return, so that it does not go on while
// another worker begins. What does not heed its context ends with the process.
func (w *Worker) awaitCancelled(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, releaseTime(w.DrainTimeout)/2)
	defer cancel()
	if err := w.table.AwaitIdle(ctx); err != nil {
		w.Log.Warn("some work does not end although it is cancelled", "held", w.table.Held())
	}
}
