package tracing

import (
	"context"
	"errors"
	"net/url"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"orders/worker/internal/backoff"
	"orders/worker/internal/link"
)

const (
	// maxQueue is how many attempts wait to be exported. Those that come while it is full are dropped, each as a whole.
	maxQueue = 4096
	// maxBatch is how many attempts are exported at once, of some four spans each, and gatherTime how long it may take until
	// they have come together.
	maxBatch   = 256
	gatherTime = 500 * time.Millisecond
	// maxTries bounds how often a batch is sent that does not reach the collector.
	maxTries = 5
)

// exporter makes the spans of attempts and sends them to the collector, all in one goroutine of its own.
type exporter struct {
	queue     chan *attempt
	closing   chan struct{}
	done      chan struct{}
	teller    *teller
	made      *gathered // by the teller
	collector sdktrace.SpanExporter
	link      *link.Link
	pace      backoff.Policy

	exported, dropped atomic.Int64
}

// add has the attempt exported, unless too many wait.
func (e *exporter) add(a *attempt) {
	select {
	case e.queue <- a:
	default:
		e.drop([]*attempt{a})
	}
}

func (e *exporter) drop(attempts []*attempt) {
	for _, a := range attempts {
		e.dropped.Add(a.spans())
	}
}

// run exports what is added until closing is closed, and then what is left. Once ctx is done nothing is sent any more.
func (e *exporter) run(ctx context.Context) {
	defer close(e.done)
	for isLast := false; !isLast; {
		var batch []*attempt
		batch, isLast = e.next()
		if ctx.Err() != nil {
			e.drop(batch)
			continue
		}
		for _, a := range batch {
			e.teller.tell(a)
		}
		e.export(ctx)
	}
}

// next takes a batch: what comes within the gatherTime of the first, and what is there after closing was closed. It tells
// whether it is the last.
func (e *exporter) next() (batch []*attempt, isLast bool) {
	var timeout <-chan time.Time
	for len(batch) < maxBatch {
		select {
		case a := <-e.queue:
			if len(batch) == 0 {
				timeout = time.After(gatherTime)
			}
			batch = append(batch, a)
		case <-timeout:
			return batch, false
		case <-e.closing:
			for len(batch) < maxBatch && len(e.queue) > 0 {
				batch = append(batch, <-e.queue)
			}
			return batch, len(e.queue) == 0
		}
	}
	return batch, false
}

// export sends the spans that were made. What does not reach the collector is sent again for some seconds, in which the
// queue may fill up; what it refuses is not.
func (e *exporter) export(ctx context.Context) {
	spans := e.made.take()
	if len(spans) == 0 {
		return
	}
	for tries := 1; ; tries++ {
		err := e.collector.ExportSpans(ctx, spans)
		if err == nil {
			e.link.Up()
			e.exported.Add(int64(len(spans)))
			return
		}
		e.link.Down(err)
		unreached := new(url.Error)
		if !errors.As(err, &unreached) || tries == maxTries || backoff.Wait(ctx, e.pace.Delay(tries)) != nil {
			e.dropped.Add(int64(len(spans)))
			return
		}
	}
}

// close exports what is left until ctx is done, and lets the collector go.
func (e *exporter) close(ctx context.Context, cancel context.CancelFunc) error {
	close(e.closing)
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	<-e.done
	return e.collector.Shutdown(context.WithoutCancel(ctx))
}
