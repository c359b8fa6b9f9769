package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"orders/worker/internal/order"
	"orders/worker/internal/outbox"
)

// method is the one that the worker calls.
const method = "BatchUpdateOrderStatus"

// calls is what is sent to the gateway.
type calls struct {
	duration *prometheus.HistogramVec
	ok       prometheus.Observer
	batch    prometheus.Histogram
	again    *prometheus.CounterVec
}

func newCalls() calls {
	duration := prometheus.NewHistogramVec(histogramOpts("rpc_duration_seconds",
		"Time that a call to the gateway took, by the gRPC code of its end.", callSeconds), []string{"method", "code"})
	again := counters("rpc_retries_total", "Calls that are made again: for the whole batch as the call failed, or for one update "+
		"that the gateway refused by itself.", "reason")
	for _, reason := range []string{"failed", "refused"} {
		again.WithLabelValues(reason)
	}
	return calls{
		duration: duration, ok: duration.WithLabelValues(method, codes.OK.String()), again: again,
		batch: prometheus.NewHistogram(histogramOpts("rpc_batch_size", "Updates in one call to the gateway.", batchSizes)),
	}
}

func (c *calls) all() []prometheus.Collector {
	return []prometheus.Collector{c.duration, c.batch, c.again}
}

// Sender is next, with its calls measured.
func (c *calls) Sender(next outbox.Sender) outbox.Sender {
	return sender{next, c}
}

type sender struct {
	next  outbox.Sender
	calls *calls
}

// Send implements outbox.Sender.
func (s sender) Send(ctx context.Context, updates []order.Update) ([]order.Result, error) {
	begin := time.Now()
	results, err := s.next.Send(ctx, updates)
	took := time.Since(begin).Seconds()
	s.calls.batch.Observe(float64(len(updates)))
	if err == nil {
		s.calls.ok.Observe(took)
		return results, nil
	}
	s.calls.duration.WithLabelValues(method, status.Code(err).String()).Observe(took)
	return results, err
}

// Pace is next, with what is tried again counted.
func (c *calls) Pace(next outbox.Pace) outbox.Pace {
	return pace{next, c.again.WithLabelValues("failed"), c.again.WithLabelValues("refused")}
}

type pace struct {
	outbox.Pace
	failed, refused prometheus.Counter
}

// Failed implements outbox.Pace.
func (p pace) Failed(err error, failures int) time.Duration {
	p.failed.Inc()
	return p.Pace.Failed(err, failures)
}

// Refused implements outbox.Pace.
func (p pace) Refused(err error, update order.Update, refusals int) time.Duration {
	p.refused.Inc()
	return p.Pace.Refused(err, update, refusals)
}
