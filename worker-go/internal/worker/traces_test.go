package worker_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"orders/worker/internal/collectortest"
	"orders/worker/internal/gatewaytest"
	"orders/worker/internal/order"
	"orders/worker/internal/process"
	"orders/worker/internal/tracing"
	"orders/worker/internal/worker"
)

// traced gives the worker a tracer of that share of orders. It is closed after the worker has ended.
func (s *system) traced(collector *collectortest.Collector, share float64) func(*worker.Options) {
	return func(o *worker.Options) {
		tracer, err := tracing.New(s.t.Context(), tracing.Options{Endpoint: collector.URL, Share: share, WorkerID: o.ID, Log: o.Log})
		if err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(func() {
			if err := tracer.Close(); err != nil {
				s.t.Error(err)
			}
		})
		o.Tracer = tracer
	}
}

// derived is the id of the order's span of that name.
func derived(orderID, name string) string {
	sum := sha256.Sum256([]byte(orderID + "/" + name))
	return hex.EncodeToString(sum[:8])
}

// awaitSpans waits for spans of the order, and returns all that there are, by what they are.
func (s *system) awaitSpans(collector *collectortest.Collector, orderID string, count int) map[string]collectortest.Span {
	s.t.Helper()
	found := make(map[string]collectortest.Span)
	s.await(fmt.Sprintf("%d spans of %s", count, orderID), func() bool {
		clear(found)
		for _, span := range collector.Spans() {
			if hex.EncodeToString(span.GetTraceId()) == strings.ReplaceAll(orderID, "-", "") {
				found[fmt.Sprintf("%s %d", span.GetName(), collectortest.Attributes(span)["orders.attempt"])] = span
			}
		}
		return len(found) >= count
	})
	return found
}

// wantSpan is what a span should be. An empty id stands for any.
type wantSpan struct {
	kind       tracepb.Span_SpanKind
	id, parent string
	problem    string
}

func checkSpan(t *testing.T, name string, span collectortest.Span, want wantSpan) {
	t.Helper()
	if span.Span == nil {
		t.Errorf("there is no span %s", name)
		return
	}
	id, parent := hex.EncodeToString(span.GetSpanId()), hex.EncodeToString(span.GetParentSpanId())
	if span.GetKind() != want.kind || (want.id != "" && id != want.id) || len(id) != 16 || parent != want.parent {
		t.Errorf("%s: %v, id %s, parent %s; want %+v", name, span.GetKind(), id, parent, want)
	}
	isError := span.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR
	if isError != (want.problem != "") || span.GetStatus().GetMessage() != want.problem {
		t.Errorf("%s: status %v, want %q", name, span.GetStatus(), want.problem)
	}
}

// checkNesting expects that the spans follow one another within the first.
func checkNesting(t *testing.T, whole collectortest.Span, inside ...collectortest.Span) {
	t.Helper()
	last := whole.GetStartTimeUnixNano()
	for _, span := range inside {
		if span.GetStartTimeUnixNano() < last || span.GetEndTimeUnixNano() < span.GetStartTimeUnixNano() {
			t.Errorf("%s is from %d to %d, and what is before it until %d", span.GetName(), span.GetStartTimeUnixNano(), span.GetEndTimeUnixNano(), last)
		}
		last = span.GetEndTimeUnixNano()
	}
	if whole.GetEndTimeUnixNano() < last {
		t.Errorf("%s ends at %d, what is inside at %d", whole.GetName(), whole.GetEndTimeUnixNano(), last)
	}
}

// mailFailsOnce is a chain of two steps of which the second fails at the first attempt.
func mailFailsOnce(t *testing.T) process.Processor {
	t.Helper()
	chain, err := process.Chain(
		process.Step{Name: "billing", Work: func(context.Context, order.Order, string) error { return nil }},
		process.Step{Name: "mail", Work: func(_ context.Context, o order.Order, _ string) error {
			if o.Attempt == 1 {
				return errors.New("mailbox full")
			}
			return nil
		}},
	)
	if err != nil {
		t.Fatal(err)
	}
	return chain
}

func TestAnOrdersAttemptsAreSpansOfItsTrace(t *testing.T) {
	t.Parallel()
	s, collector := newSystem(t, longLease), collectortest.Start(t)
	id := s.create(1)[0]
	s.start(mailFailsOnce(t), s.traced(collector, 1))
	s.enqueue(id)
	s.await("the first attempt failed", func() bool { return s.gateway.Order(id).Failures == 1 })
	s.gateway.Change(id, func(o *gatewaytest.Order) { o.Status = pending })
	s.enqueue(id)
	s.awaitCompleted([]string{id})

	spans := s.awaitSpans(collector, id, 10)
	const internal, client, consumer = tracepb.Span_SPAN_KIND_INTERNAL, tracepb.Span_SPAN_KIND_CLIENT, tracepb.Span_SPAN_KIND_CONSUMER
	first, second := derived(id, "attempt/1"), derived(id, "attempt/2")
	want := map[string]wantSpan{
		"process order 1": {consumer, first, derived(id, "create"), "mail: mailbox full"},
		"claim 1":         {client, derived(id, "attempt/1/claim"), first, ""},
		"step billing 1":  {internal, "", first, ""},
		"step mail 1":     {internal, "", first, "mailbox full"},
		"report 1":        {client, derived(id, "attempt/1/failed"), first, ""},
		"process order 2": {consumer, second, derived(id, "create"), ""},
		"claim 2":         {client, derived(id, "attempt/2/claim"), second, ""},
		"step billing 2":  {internal, "", second, ""},
		"step mail 2":     {internal, "", second, ""},
		"report 2":        {client, derived(id, "attempt/2/completed"), second, ""},
	}
	for name, want := range want {
		checkSpan(t, name, spans[name], want)
	}
	if len(spans) != len(want) {
		t.Errorf("%d spans, want %d", len(spans), len(want))
	}
	for _, n := range []string{" 1", " 2"} {
		checkNesting(t, spans["process order"+n], spans["claim"+n], spans["step billing"+n], spans["step mail"+n], spans["report"+n])
	}
	if spans["process order 2"].GetStartTimeUnixNano() < spans["process order 1"].GetEndTimeUnixNano() {
		t.Error("the second attempt begins before the first has ended")
	}
	checkAttributes(t, spans["process order 1"], map[string]any{
		"orders.order.id": id, "orders.attempt": int64(1), "orders.outcome": "failed", "messaging.system": "redis",
		"messaging.destination.name": "orders:queue", "messaging.operation.type": "process",
	})
	checkAttributes(t, spans["report 2"], map[string]any{
		"orders.order.id": id, "orders.attempt": int64(2), "orders.batch.size": int64(1), "rpc.system": "grpc",
		"rpc.service": "orders.v1.OrderStatusService", "rpc.method": "BatchUpdateOrderStatus",
	})
}

func checkAttributes(t *testing.T, span collectortest.Span, want map[string]any) {
	t.Helper()
	got := collectortest.Attributes(span)
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s: %s is %v, want %v", span.GetName(), key, got[key], value)
		}
	}
	if worker, _ := got["orders.worker.id"].(string); !strings.HasPrefix(worker, "worker-") || span.Instance != worker || span.Service != "orders-worker" {
		t.Errorf("%s is of %q, the service %q %q", span.GetName(), worker, span.Service, span.Instance)
	}
}

func TestAnAttemptThatLosesItsLeaseIsASpanWithoutAReport(t *testing.T) {
	t.Parallel()
	s, collector := newSystem(t, 300*time.Millisecond), collectortest.Start(t)
	id := s.create(1)[0]
	s.gateway.Before(func(ctx context.Context, updates []gatewaytest.Update) error {
		if updates[0].GetAttempt() > 0 { // a renewal
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	s.start(process.Simulated{Time: time.Minute}, s.traced(collector, 1))
	s.enqueue(id)
	spans := s.awaitSpans(collector, id, 2)
	checkSpan(t, "process order", spans["process order 1"], wantSpan{
		tracepb.Span_SPAN_KIND_CONSUMER, derived(id, "attempt/1"), derived(id, "create"), "the lease is over, its work is cancelled",
	})
	if outcome := collectortest.Attributes(spans["process order 1"])["orders.outcome"]; outcome != "lost" || len(spans) != 2 {
		t.Errorf("outcome %v, %d spans; want lost, 2", outcome, len(spans))
	}
}

func TestWorkGivenBackAtAStopIsASpan(t *testing.T) {
	t.Parallel()
	s, collector := newSystem(t, longLease), collectortest.Start(t)
	id := s.create(1)[0]
	begun := make(chan struct{})
	w := s.start(process.Func(func(ctx context.Context, _ order.Order) error {
		close(begun)
		<-ctx.Done()
		return context.Cause(ctx)
	}), s.traced(collector, 1), func(o *worker.Options) { o.DrainTimeout = 2 * time.Second })
	s.enqueue(id)
	<-begun
	w.stop()
	spans := s.awaitSpans(collector, id, 3)
	checkSpan(t, "process order", spans["process order 1"], wantSpan{
		tracepb.Span_SPAN_KIND_CONSUMER, derived(id, "attempt/1"), derived(id, "create"), "",
	})
	checkSpan(t, "report", spans["report 1"], wantSpan{
		tracepb.Span_SPAN_KIND_CLIENT, derived(id, "attempt/1/released"), derived(id, "attempt/1"), "",
	})
}

func TestOnlyTheShareOfOrdersIsTraced(t *testing.T) {
	t.Parallel()
	s, collector := newSystem(t, longLease), collectortest.Start(t)
	traced := "0199c0de-7abc-7def-81c0-000000000000"
	others := []string{"0199c0de-7abc-7def-81bf-ffffffffffff", "0199c0de-7abc-7def-8100-000000000000"}
	s.gateway.Add(append(others, traced)...)
	s.start(mailFailsOnce(t), s.traced(collector, 0.25))
	s.enqueue(append(others, traced)...)
	s.await("all attempts failed", func() bool { return s.gateway.Count(failed) == 3 })
	s.awaitSpans(collector, traced, 5)
	if got := len(collector.Spans()); got != 5 {
		t.Errorf("%d spans, want 5", got)
	}
}

func TestNothingIsTracedAtAShareOfZeroOrWithoutACollector(t *testing.T) {
	t.Parallel()
	for _, options := range []tracing.Options{{Endpoint: "http://127.0.0.1:1", Share: 0}, {Share: 1}} {
		if tracer, err := tracing.New(t.Context(), options); tracer != nil || err != nil {
			t.Errorf("%+v: a tracer %v, %v", options, tracer, err)
		}
	}
}

func TestACollectorThatIsAwayHarmsNothing(t *testing.T) {
	t.Parallel()
	s, collector := newSystem(t, longLease), collectortest.Start(t)
	collector.Stop()
	ids := s.create(6000) // more than the tracer keeps
	var tracer *tracing.Tracer
	s.start(instant, s.traced(collector, 1), func(o *worker.Options) { tracer = o.Tracer })
	s.enqueue(ids...)
	s.awaitCompleted(ids)
	s.await("spans dropped", func() bool { return tracer.Dropped() > 0 })

	collector.Resume()
	s.await("spans exported", func() bool { return tracer.Exported() > 0 })
	s.await("told", func() bool { return strings.Contains(s.log.String(), "the collector of traces is back") })
	s.await("every span exported or dropped", func() bool { return tracer.Exported()+tracer.Dropped() == 3*6000 })
	if got := int64(len(collector.Spans())); got != tracer.Exported() {
		t.Errorf("%d spans came, %d are said to be exported", got, tracer.Exported())
	}
	for _, text := range []string{"the collector of traces is away", "the collector of traces is back"} {
		if got := strings.Count(s.log.String(), text); got != 1 {
			t.Errorf("%q was logged %d times", text, got)
		}
	}
	// Dropped as a whole: no attempt came in part.
	parts := make(map[string]int)
	for _, span := range collector.Spans() {
		parts[hex.EncodeToString(span.GetTraceId())]++
	}
	if slices.ContainsFunc(ids, func(id string) bool { n := parts[strings.ReplaceAll(id, "-", "")]; return n != 0 && n != 3 }) {
		t.Errorf("an attempt came in part: %v", parts)
	}
}
