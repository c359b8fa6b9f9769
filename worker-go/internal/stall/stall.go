// Package stall notices when something does not get on although there is something to do.
package stall

import (
	"sync"
	"time"
)

// blindAfter is how long the time between two observations may be. After a longer one, as when the whole process was
// frozen, nothing is known of the time between.
const blindAfter = 2 * time.Second

// Watch is what is known of one thing that should get on. The zero Watch knows of no stall. Its methods may be called by
// many goroutines.
type Watch struct {
	mu       sync.Mutex
	observed time.Time
	since    time.Time // when it last got on or had nothing to do
	progress uint64
}

// Durations is for how long each part of the worker has not got on although there was something to do; zero while it does.
type Durations struct {
	// Reading is the loop that reads the stream while an order could be taken.
	Reading time.Duration
	// Sending is the calls to the gateway, of the lane that is worst off: none has ended, not even with an error.
	Sending time.Duration
	// Answers is the gateway: it has answered no call, of one lane at least.
	Answers time.Duration
	// Slots is the slots: all are taken by work that does not end although it was cancelled.
	Slots time.Duration
}

// Observe notes whether there is something to do, and a number that changes with each bit of it that is done. It should be
// called several times a second.
func (w *Watch) Observe(now time.Time, hasWork bool, progress uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !hasWork || progress != w.progress || now.Sub(w.observed) > blindAfter {
		w.since = now
	}
	w.observed, w.progress = now, progress
}

// Lasting is for how long it has not got on although there was something to do, as far as was observed.
func (w *Watch) Lasting() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.observed.Sub(w.since)
}
