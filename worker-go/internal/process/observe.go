package process

import (
	"context"
	"time"

	"orders/worker/internal/order"
)

// Observer learns how the steps of a Chain went. Many goroutines call it at once.
type Observer interface {
	// Now is the clock.
	Now() time.Time
	// StepEnded tells of a step that ended, with its error. The context is the one that the step got.
	StepEnded(ctx context.Context, step string, begin, end time.Time, err error)
}

type observerKey struct{}

// WithObserver returns a context whose steps are observed.
func WithObserver(ctx context.Context, observer Observer) context.Context {
	return context.WithValue(ctx, observerKey{}, observer)
}

// observed does the step and tells the context's observer of it, if there is one.
func (s Step) observed(ctx context.Context, o order.Order) error {
	observer, isObserved := ctx.Value(observerKey{}).(Observer)
	if !isObserved {
		return s.attempt(ctx, o)
	}
	begin := observer.Now()
	err := s.attempt(ctx, o)
	observer.StepEnded(ctx, s.Name, begin, observer.Now(), err)
	return err
}
