package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"

	"orders/worker/internal/backoff"
	"orders/worker/internal/link"
)

const (
	// tracesPath is where a collector takes traces, below its base URL (OTLP, section OTLP/HTTP Request).
	tracesPath = "/v1/traces"
	// exportTimeout bounds one try of a batch, with the waits that the collector asks for.
	exportTimeout = 10 * time.Second
	// flushTimeout bounds how long the end of the process waits for the last spans.
	flushTimeout = time.Second
)

// Options is what a Tracer is made of.
type Options struct {
	// Endpoint is the base URL of the collector; empty: nothing is traced.
	Endpoint string
	// Share is the share of orders that are traced, 0 to 1.
	Share float64
	// WorkerID names this start of the worker.
	WorkerID string
	// Log is told when the collector goes and comes.
	Log *slog.Logger
}

// New returns a tracer that sends to a collector in the background, or nil when nothing is to be traced. Headers,
// certificates and compression are as OpenTelemetry's exporter reads them from OTEL_EXPORTER_OTLP_HEADERS and the like.
func New(ctx context.Context, options Options) (*Tracer, error) {
	if options.Endpoint == "" || options.Share == 0 {
		return nil, nil // a nil Tracer does nothing
	}
	collector, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(options.Endpoint+tracesPath),
		otlptracehttp.WithTimeout(exportTimeout), otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: time.Second, MaxInterval: 5 * time.Second, MaxElapsedTime: exportTimeout,
		}))
	if err != nil {
		return nil, fmt.Errorf("preparing the export of traces: %w", err)
	}
	made := new(gathered)
	runCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	t := &Tracer{
		sampler: newSampler(options.Share), delivered: make(map[string]time.Time), open: make(map[attemptID]*attempt), cancel: cancel,
		exporter: &exporter{
			queue: make(chan *attempt, maxQueue), closing: make(chan struct{}), done: make(chan struct{}),
			teller: newTeller(options.WorkerID, made), made: made, collector: collector,
			link: link.New("the collector of traces", options.Log, time.Now),
			pace: backoff.Policy{Base: 500 * time.Millisecond, Cap: 5 * time.Second, Random: rand.Float64},
		},
	}
	go t.exporter.run(runCtx) // Close waits for it
	return t, nil
}

// Close sends what is left, for up to a second, and ends the tracer. What is open has no end to tell of.
func (t *Tracer) Close() error {
	if t == nil {
		return nil
	}
	ctx, stop := context.WithTimeout(context.Background(), flushTimeout)
	defer stop()
	if err := t.exporter.close(ctx, t.cancel); err != nil {
		return fmt.Errorf("ending the export of traces: %w", err)
	}
	return nil
}
