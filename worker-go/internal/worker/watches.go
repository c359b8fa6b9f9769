package worker

import (
	"time"

	"orders/worker/internal/outbox"
	"orders/worker/internal/stall"
)

// watches notice what does not get on. They look where the leases are looked after, so they are blind when that loop
// hangs: LastScan tells of it then.
type watches struct {
	reading, slots stall.Watch
	// The outbox as a whole, whose updates may wait for a lane that never comes, and each of its lanes.
	sending, answers [1 + outbox.Lanes]stall.Watch
}

func (w *Worker) observe(now time.Time) {
	slots := w.table.Usage()
	canRead := !w.isStopping.Load() && slots.Free > 0 && w.outbox.Reports() < w.maxReports()
	w.watches.reading.Observe(now, canRead, w.turns.Load())
	w.watches.slots.Observe(now, slots.IsAllAdrift, 0)
	whole, lanes := w.outbox.Progress()
	for i, sending := range append(lanes[:], whole) {
		w.watches.sending[i].Observe(now, sending.IsWaiting, sending.Calls)
		w.watches.answers[i].Observe(now, sending.IsWaiting, sending.Answers)
	}
}

// Stalls is for how long each part has not got on although there was something to do. A worker whose slots are all busy
// with long work has nothing to read and is not stalled.
func (w *Worker) Stalls() stall.Durations {
	return stall.Durations{
		Reading: w.watches.reading.Lasting(),
		Sending: longest(w.watches.sending[:]),
		Answers: longest(w.watches.answers[:]),
		Slots:   w.watches.slots.Lasting(),
	}
}

func longest(watches []stall.Watch) time.Duration {
	var lasting time.Duration
	for i := range watches {
		lasting = max(lasting, watches[i].Lasting())
	}
	return lasting
}
