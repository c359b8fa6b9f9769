package worker

import (
	"time"

	"orders/worker/internal/stall"
)

// watches notice what does not get on. They look where the leases are looked after, so they are blind when that loop
// hangs: LastScan tells of it then.
type watches struct {
	reading, sending, answers, slots stall.Watch
}

func (w *Worker) observe(now time.Time) {
	slots, sending := w.table.Usage(), w.outbox.Progress()
	canRead := !w.isStopping.Load() && slots.Free > 0 && w.outbox.Reports() < w.maxReports()
	w.watches.reading.Observe(now, canRead, w.turns.Load())
	w.watches.sending.Observe(now, sending.IsWaiting, sending.Calls)
	w.watches.answers.Observe(now, sending.IsWaiting, sending.Answers)
	w.watches.slots.Observe(now, slots.IsAllAdrift, 0)
}

// Stalls is for how long each part has not got on although there was something to do. A worker whose slots are all busy
// with long work has nothing to read and is not stalled.
func (w *Worker) Stalls() stall.Durations {
	return stall.Durations{
		Reading: w.watches.reading.Lasting(),
		Sending: w.watches.sending.Lasting(),
		Answers: w.watches.answers.Lasting(),
		Slots:   w.watches.slots.Lasting(),
	}
}
