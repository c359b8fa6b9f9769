package tracing

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// gathered is the spans that were made since it was emptied. One goroutine makes them, and exports them.
type gathered struct {
	spans []sdktrace.ReadOnlySpan
}

// newTeller returns a teller for the worker whose spans are gathered.
func newTeller(workerID string, into *gathered) *teller {
	provider := sdktrace.NewTracerProvider(
		// It was decided before that the attempt is traced.
		sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithIDGenerator(givenIDs{}),
		sdktrace.WithSpanProcessor(into),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "orders-worker"),
			attribute.String("service.instance.id", workerID),
		)),
	)
	return &teller{tracer: provider.Tracer("orders/worker"), workerID: workerID}
}

// take returns the spans and forgets them.
func (g *gathered) take() []sdktrace.ReadOnlySpan {
	spans := g.spans
	g.spans = nil
	return spans
}

// OnStart implements sdktrace.SpanProcessor.
func (g *gathered) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd implements sdktrace.SpanProcessor.
func (g *gathered) OnEnd(span sdktrace.ReadOnlySpan) { g.spans = append(g.spans, span) }

// Shutdown implements sdktrace.SpanProcessor.
func (g *gathered) Shutdown(context.Context) error { return nil }

// ForceFlush implements sdktrace.SpanProcessor.
func (g *gathered) ForceFlush(context.Context) error { return nil }

type spanIDKey struct{}

// withSpanID returns a context in which the next span has that id; a zero one changes nothing.
func withSpanID(ctx context.Context, id trace.SpanID) context.Context {
	if !id.IsValid() {
		return ctx
	}
	return context.WithValue(ctx, spanIDKey{}, id)
}

// givenIDs gives a span the id that its context has, or a random one.
type givenIDs struct{}

// NewSpanID implements sdktrace.IDGenerator.
func (givenIDs) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	if id, isGiven := ctx.Value(spanIDKey{}).(trace.SpanID); isGiven {
		return id
	}
	var id trace.SpanID
	for !id.IsValid() {
		binary.BigEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}

// NewIDs implements sdktrace.IDGenerator. It makes a trace where an order has none: its id is nothing but zeroes.
func (g givenIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	var id trace.TraceID
	for !id.IsValid() {
		binary.BigEndian.PutUint64(id[:8], rand.Uint64())
		binary.BigEndian.PutUint64(id[8:], rand.Uint64())
	}
	return id, g.NewSpanID(ctx, id)
}
