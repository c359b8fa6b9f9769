package worker

import (
	"context"
	"time"

	"orders/worker/internal/metrics"
	"orders/worker/internal/tracing"
)

// observer passes on how the steps of the work went. It implements process.Observer.
type observer struct {
	metrics *metrics.Metrics
	now     func() time.Time
}

// Now implements process.Observer.
func (o observer) Now() time.Time { return o.now() }

// StepEnded implements process.Observer.
func (o observer) StepEnded(ctx context.Context, step string, begin, end time.Time, err error) {
	o.metrics.StepEnded(ctx, step, begin, end, err)
	tracing.StepEnded(ctx, step, begin, end, err)
}
