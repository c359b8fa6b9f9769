package tracing

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"orders/worker/internal/order"
)

// What the spans say by the names of OpenTelemetry's semantic conventions, and by ours.
var (
	messaging = []attribute.KeyValue{
		attribute.String("messaging.system", "redis"),
		attribute.String("messaging.destination.name", "orders:queue"),
		attribute.String("messaging.consumer.group.name", "workers"),
		attribute.String("messaging.operation.name", "process"),
		attribute.String("messaging.operation.type", "process"),
	}
	rpc = []attribute.KeyValue{
		attribute.String("rpc.system", "grpc"),
		attribute.String("rpc.service", "orders.v1.OrderStatusService"),
		attribute.String("rpc.method", "BatchUpdateOrderStatus"),
	}
)

// The outcomes of an attempt, as the attribute orders.outcome and in the names of which reports' span ids are made.
const (
	completed = "completed"
	failed    = "failed"
	released  = "released"
	lost      = "lost"
)

func (a *attempt) outcome() string {
	switch a.report.Kind {
	case order.Complete:
		return completed
	case order.Fail:
		return failed
	case order.Release:
		return released
	default:
		return lost
	}
}

// teller makes the spans of attempts, of one worker.
type teller struct {
	tracer   trace.Tracer
	workerID string
}

// tell makes the spans of an attempt that is over.
func (t *teller) tell(a *attempt) {
	id := traceID(a.orderID)
	of := []attribute.KeyValue{
		attribute.String("orders.order.id", a.orderID),
		attribute.Int64("orders.attempt", int64(a.number)),
		attribute.String("orders.worker.id", t.workerID),
	}
	name := attemptName(a.number)
	parent := below(context.Background(), id, spanID(a.orderID, createName))
	whole := t.span(parent, "process order", trace.SpanKindConsumer, spanID(a.orderID, name), a.delivered, a.ended, a.problem,
		append(append(of, attribute.String("orders.outcome", a.outcome())), messaging...))

	inside := below(context.Background(), id, whole)
	t.span(inside, "claim", trace.SpanKindClient, spanID(a.orderID, name+"/claim"), a.claimSent, a.claimAnswered, "",
		append(append(of, batchSize(a.claimBatch)), rpc...))
	for _, step := range a.runs() {
		t.span(inside, "step "+step.name, trace.SpanKindInternal, trace.SpanID{}, step.begin, step.end, reason(step.err), of)
	}
	if a.hasReport() {
		t.span(inside, "report", trace.SpanKindClient, spanID(a.orderID, name+"/"+a.outcome()), a.reportSent, a.reportAnswered, "",
			append(append(of, batchSize(a.reportBatch)), rpc...))
	}
}

// span makes one span. A zero id stands for a random one. A problem makes it one that failed.
func (t *teller) span(
	ctx context.Context, name string, kind trace.SpanKind, id trace.SpanID, begin, end time.Time, problem string, attributes []attribute.KeyValue,
) trace.SpanID {
	_, span := t.tracer.Start(withSpanID(ctx, id), name, trace.WithSpanKind(kind), trace.WithTimestamp(begin), trace.WithAttributes(attributes...))
	if problem != "" {
		span.SetStatus(codes.Error, problem)
	}
	span.End(trace.WithTimestamp(end))
	return span.SpanContext().SpanID()
}

// below returns a context for the children of a span, which may be another process'.
func below(ctx context.Context, id trace.TraceID, parent trace.SpanID) context.Context {
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: id, SpanID: parent, TraceFlags: trace.FlagsSampled,
	}))
}

// batchSize tells of how many updates the call was.
func batchSize(updates int) attribute.KeyValue { return attribute.Int("orders.batch.size", updates) }

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
