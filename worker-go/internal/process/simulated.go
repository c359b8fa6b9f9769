package process

import (
	"context"
	"errors"
	"time"

	"orders/worker/internal/order"
)

// errSimulated is how a simulated attempt fails.
var errSimulated = errors.New("simulated failure")

// Simulated stands for real work: it takes its time and fails now and then. With no time and no failures it costs nothing.
type Simulated struct {
	// Time is how long an attempt takes.
	Time time.Duration
	// FailRate is the share of attempts that fail, 0 to 1.
	FailRate float64
	// Random returns a number in [0, 1). Many goroutines call it at once.
	Random func() float64
}

// Work is the simulation as a step. It has no effect, so it needs no key.
func (s Simulated) Work(ctx context.Context, o order.Order, _ string) error {
	return s.Process(ctx, o)
}

// Process waits for its time, and fails at its rate.
func (s Simulated) Process(ctx context.Context, _ order.Order) error {
	if s.Time > 0 {
		timer := time.NewTimer(s.Time)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if s.FailRate > 0 && s.Random() < s.FailRate {
		return errSimulated
	}
	return nil
}
