// Package backoff paces what is tried again: exponential, capped, with jitter.
package backoff

import (
	"context"
	"time"
)

// Policy says how long to wait before a try.
type Policy struct {
	// Base is the bound of the first wait.
	Base time.Duration
	// Cap bounds every wait.
	Cap time.Duration
	// Random returns a number in [0, 1).
	Random func() float64
}

// Delay is the wait after so many failures in a row, counted from 1. Half of it is random, so that workers which lost
// the same server do not come back at the same moment, and none comes back at once.
func (p Policy) Delay(failures int) time.Duration {
	bound := p.Base
	for range failures - 1 {
		if bound >= p.Cap {
			break
		}
		bound *= 2
	}
	bound = min(bound, p.Cap)
	return bound/2 + time.Duration(p.Random()*float64(bound/2))
}

// Wait waits for d, or until ctx is done, and then returns its error.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
