package worker

import (
	"context"
	"time"

	"orders/worker/internal/lease"
)

// keepLeases renews the leases of long work, and cancels the work whose lease is over, until ctx is done.
func (w *Worker) keepLeases(ctx context.Context) {
	ticker := time.NewTicker(lease.ScanInterval)
	defer ticker.Stop()
	for {
		w.scan()
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (w *Worker) scan() {
	now := w.Now()
	updates, over := w.table.Scan(now)
	w.add(updates)
	w.Metrics.Expired(len(over))
	for _, o := range over {
		const what = "the lease is over, its work is cancelled"
		w.Log.Warn(what, "orderId", o.ID, "attempt", o.Attempt)
		w.Tracer.Lost(o.ID, o.Attempt, what, now)
	}
	w.observe(now)
	w.lastScan.Store(now.UnixNano())
}

// LastScan is when the leases were last looked after: a worker whose locks hang falls behind.
func (w *Worker) LastScan() time.Time {
	return time.Unix(0, w.lastScan.Load())
}
