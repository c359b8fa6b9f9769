// Package link keeps whether a server that the worker needs can be reached: it logs once when it is lost and once when
// it is back, however often it is tried in between, and answers the health checks.
package link

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// freshFor is how long what was seen last is believed. It is above the longest time between two tries.
const freshFor = 10 * time.Second

// Link is the state of the way to one server. Its methods may be called by many goroutines.
type Link struct {
	name    string
	log     *slog.Logger
	now     func() time.Time
	reached chan struct{}

	mu       sync.Mutex
	seen     time.Time // of the last Up or Down
	lastErr  error     // of the last Down, nil after Up
	downFrom time.Time // zero while the server is not known to be away
}

// New returns the link to the server of that name, which counts as not reached yet.
func New(name string, log *slog.Logger, now func() time.Time) *Link {
	return &Link{name: name, log: log, now: now, reached: make(chan struct{})}
}

// Up notes that the server answered.
func (l *Link) Up() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if !l.downFrom.IsZero() {
		l.log.Info(l.name+" is back", "awayMs", now.Sub(l.downFrom).Milliseconds())
	}
	l.seen, l.downFrom, l.lastErr = now, time.Time{}, nil
	select {
	case <-l.reached:
	default:
		close(l.reached)
	}
}

// Down notes that the server could not be reached.
func (l *Link) Down(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen, l.lastErr = l.now(), err
	if l.downFrom.IsZero() {
		l.downFrom = l.seen
		l.log.Warn(l.name+" is away, trying again", "error", err)
	}
}

// Reached is closed once the server has answered for the first time.
func (l *Link) Reached() <-chan struct{} {
	return l.reached
}

// Check returns nil when the server answered lately, its error when it failed lately, and else what probe returns: a
// server that is not needed for a while is not tried meanwhile.
func (l *Link) Check(ctx context.Context, probe func(context.Context) error) error {
	l.mu.Lock()
	isFresh, err := l.now().Sub(l.seen) < freshFor, l.lastErr
	l.mu.Unlock()
	if isFresh {
		return err
	}
	return probe(ctx)
}
