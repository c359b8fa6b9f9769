package metrics

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"orders/worker/internal/process"
)

// steps is how the steps of the work went. Their names are known once they are met.
type steps struct {
	all   *prometheus.HistogramVec
	mu    *sync.Mutex // held to add a name
	known *atomic.Pointer[map[string]step]
}

// step is the durations of one step, by its outcome.
type step struct {
	completed, retryable, permanent, cancelled prometheus.Observer
}

func newSteps() steps {
	s := steps{
		all: prometheus.NewHistogramVec(histogramOpts("step_duration_seconds", "Time that a step of the work took: completed, retryable or "+
			"permanent (failed), cancelled (cut off as the attempt timed out, its lease was lost or the worker stops).", workSeconds),
			[]string{"step", "outcome"}),
		mu: new(sync.Mutex), known: new(atomic.Pointer[map[string]step]),
	}
	s.known.Store(&map[string]step{})
	return s
}

// StepEnded notes how long a step took.
func (s *steps) StepEnded(ctx context.Context, name string, begin, end time.Time, err error) {
	known, isKnown := (*s.known.Load())[name]
	if !isKnown {
		known = s.add(name)
	}
	known.of(ctx, err).Observe(end.Sub(begin).Seconds())
}

func (s step) of(ctx context.Context, err error) prometheus.Observer {
	switch {
	case err == nil:
		return s.completed
	case process.IsPermanent(err):
		return s.permanent
	case ctx.Err() != nil:
		return s.cancelled
	default:
		return s.retryable
	}
}

// add looks a name's children up once, as each look-up costs more than what is noted then.
func (s *steps) add(name string) step {
	s.mu.Lock()
	defer s.mu.Unlock()
	added := step{
		completed: s.all.WithLabelValues(name, "completed"), retryable: s.all.WithLabelValues(name, "retryable"),
		permanent: s.all.WithLabelValues(name, "permanent"), cancelled: s.all.WithLabelValues(name, "cancelled"),
	}
	names := make(map[string]step)
	for other, known := range *s.known.Load() {
		names[other] = known
	}
	names[name] = added
	s.known.Store(&names)
	return added
}
