package tracing

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"orders/worker/internal/collectortest"
	"orders/worker/internal/order"
)

const deadline = 20 * time.Second

func newTracer(t *testing.T, endpoint string) (*Tracer, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	tracer, err := New(t.Context(), Options{Endpoint: endpoint, Share: 1, WorkerID: "w", Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return tracer, &log
}

// attempted has the tracer told of a completed attempt at the order.
func attempted(tracer *Tracer, orderID string) {
	now := time.Now()
	o := order.Order{ID: orderID, Attempt: 1}
	tracer.Delivered([]order.Update{{OrderID: orderID, Kind: order.Claim}}, now)
	tracer.Claimed(&o, now, now, 1)
	StepEnded(tracer.Context(context.Background(), &o), "billing", now, now, nil)
	tracer.Reported(&order.Update{OrderID: orderID, Kind: order.Complete, Attempt: 1}, &order.Result{Outcome: order.Applied}, now, now, 1)
}

func TestTheLastSpansAreExportedAtTheEnd(t *testing.T) {
	t.Parallel()
	collector := collectortest.Start(t)
	tracer, _ := newTracer(t, collector.URL)
	for range maxBatch + 1 {
		attempted(tracer, anOrder)
	}
	if err := tracer.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := len(collector.Spans()), 4*(maxBatch+1); got != want || tracer.Exported() != int64(want) || tracer.Dropped() != 0 {
		t.Errorf("%d spans came, %d exported, %d dropped; want %d", got, tracer.Exported(), tracer.Dropped(), want)
	}
	if len(tracer.open) != 0 || len(tracer.delivered) != 0 {
		t.Errorf("%d attempts are kept, %d deliveries", len(tracer.open), len(tracer.delivered))
	}
}

func TestTheEndDoesNotWaitForACollector(t *testing.T) {
	t.Parallel()
	// A tracer that waited as it does before the end would take 3.75 s and more.
	const bound = flushTimeout + 2*time.Second
	tests := map[string]func(*collectortest.Collector){
		"away":   func(c *collectortest.Collector) { c.Stop() },
		"frozen": func(c *collectortest.Collector) { t.Cleanup(c.Freeze()) },
		"busy":   func(c *collectortest.Collector) { c.Refuse(http.StatusServiceUnavailable) },
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			collector := collectortest.Start(t)
			prepare(collector)
			tracer, _ := newTracer(t, collector.URL)
			for range 3 * maxBatch {
				attempted(tracer, anOrder)
			}
			begin := time.Now()
			if err := tracer.Close(); err != nil {
				t.Error(err)
			}
			if took := time.Since(begin); took > bound {
				t.Errorf("it took %v", took)
			}
			if tracer.Dropped() != 4*3*maxBatch || tracer.Exported() != 0 {
				t.Errorf("%d dropped, %d exported", tracer.Dropped(), tracer.Exported())
			}
		})
	}
}

func TestWhatTheCollectorRefusesIsNotSentAgain(t *testing.T) {
	t.Parallel()
	collector := collectortest.Start(t)
	collector.Refuse(http.StatusUnauthorized)
	tracer, log := newTracer(t, collector.URL)
	attempted(tracer, anOrder)
	for end := time.Now().Add(deadline); tracer.Dropped() != 4; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d spans dropped, want 4", tracer.Dropped())
		}
	}
	if err := tracer.Close(); err != nil {
		t.Error(err)
	}
	if collector.Calls() != 1 || !strings.Contains(log.String(), "401") {
		t.Errorf("%d calls; logged %s", collector.Calls(), log.String())
	}
}

func TestANilTracerDoesNothing(t *testing.T) {
	t.Parallel()
	var tracer *Tracer
	attempted(tracer, anOrder)
	tracer.Forget(anOrder)
	tracer.Lost(anOrder, 1, "over", time.Now())
	if err := tracer.Close(); err != nil || tracer.Exported() != 0 || tracer.Dropped() != 0 {
		t.Errorf("%v, %d exported, %d dropped", err, tracer.Exported(), tracer.Dropped())
	}
}

func TestAStepMayEndAfterItsAttemptIsOver(t *testing.T) {
	t.Parallel()
	collector := collectortest.Start(t)
	tracer, _ := newTracer(t, collector.URL)
	now := time.Now()
	o := order.Order{ID: anOrder, Attempt: 3}
	tracer.Claimed(&o, now, now, 1)
	ctx := tracer.Context(t.Context(), &o)
	tracer.Lost(anOrder, 3, "the lease is over", now)
	StepEnded(ctx, "billing", now, now, errors.New("cut off"))
	tracer.Reported(&order.Update{OrderID: anOrder, Kind: order.Complete, Attempt: 3}, &order.Result{}, now, now, 1)
	if err := tracer.Close(); err != nil {
		t.Error(err)
	}
	if got := len(collector.Spans()); got != 2 && got != 3 {
		t.Errorf("%d spans, want that of the attempt, its claim, and perhaps its step", got)
	}
}
