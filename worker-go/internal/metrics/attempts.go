package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"orders/worker/internal/order"
)

// attempts is how the work on orders went.
type attempts struct {
	all                                                *prometheus.CounterVec
	completed, retryable, permanent, released, tooLate prometheus.Counter
	duration                                           prometheus.Histogram
}

func newAttempts() attempts {
	all := counters("attempts_total", "Attempts whose report was answered: completed, retryable (failed, to be tried again unless the "+
		"failures are used up), permanent (failed for good), released (given back at a stop), rejected (the report came too late).", "outcome")
	return attempts{
		all: all, completed: all.WithLabelValues("completed"), retryable: all.WithLabelValues("retryable"),
		permanent: all.WithLabelValues("permanent"), released: all.WithLabelValues("released"), tooLate: all.WithLabelValues("rejected"),
		duration: prometheus.NewHistogram(histogramOpts("attempt_duration_seconds",
			"Time from the answered claim to the end of the work, whichever it was.", workSeconds)),
	}
}

func (a *attempts) of(report *order.Update, result *order.Result) prometheus.Counter {
	switch {
	case !result.OK():
		return a.tooLate
	case report.Kind == order.Complete:
		return a.completed
	case report.Kind == order.Release:
		return a.released
	case report.Retryable:
		return a.retryable
	default:
		return a.permanent
	}
}

// Worked notes how long the work of one attempt took.
func (a *attempts) Worked(took time.Duration) {
	a.duration.Observe(took.Seconds())
}

// Answered notes what the gateway answered to a batch of updates.
func (m *Metrics) Answered(updates []order.Update, results []order.Result) {
	// Most batches hold one or two kinds: each counter is added to once for a run of equal outcomes.
	var run prometheus.Counter
	count := 0
	for i := range updates {
		next := m.counterOf(&updates[i], &results[i])
		if next != run && count > 0 {
			run.Add(float64(count))
			count = 0
		}
		run, count = next, count+1
	}
	if count > 0 {
		run.Add(float64(count))
	}
}

func (m *Metrics) counterOf(update *order.Update, result *order.Result) prometheus.Counter {
	switch {
	case update.Kind == order.Claim:
		return m.claims.of(result)
	case update.Kind == order.Renew && result.OK():
		return m.renewed
	case update.Kind == order.Renew:
		return m.refused
	default:
		return m.attempts.of(update, result)
	}
}
