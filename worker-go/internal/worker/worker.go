// Package worker is the way of an order through this process: read from the stream, claimed, worked on, reported.
package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"orders/worker/internal/lease"
	"orders/worker/internal/metrics"
	"orders/worker/internal/order"
	"orders/worker/internal/outbox"
	"orders/worker/internal/process"
	"orders/worker/internal/queue"
	"orders/worker/internal/tracing"
)

const (
	// maxRead bounds one read, so that its claims are one call.
	maxRead = 1000
	// reportsPerSlot bounds the reports that wait: with more than this many for each slot, reading stops.
	reportsPerSlot = 4
	// lifeInterval is how often a worker that reads nothing, as it is full, shows that it is there. Who looks believes
	// that a worker is gone after 15 s.
	lifeInterval = 5 * time.Second
)

// errStopping is the cause for which work is cancelled that did not end within the grace of a stop.
var errStopping = errors.New("the worker is stopping")

// Source hands out entries of the stream.
type Source interface {
	// Read returns up to count entries, none when there are none for a while. A read under way when ctx is done ends by
	// itself, and what it returns counts.
	Read(ctx context.Context, count int) []queue.Entry
	// ShowLife tells, without reading, that this worker is there.
	ShowLife(ctx context.Context)
}

// Options is what a worker is made of.
type Options struct {
	// ID names this start of the worker; nothing else ever bears it.
	ID string
	// Source is where orders are learnt of.
	Source Source
	// Sender is how updates reach the gateway.
	Sender outbox.Sender
	// Pace is how soon it is tried again.
	Pace outbox.Pace
	// Processor does the work.
	Processor process.Processor
	// Concurrency is how many orders are claimed or in work at once.
	Concurrency int
	// ProcessTimeout bounds the work of one attempt.
	ProcessTimeout time.Duration
	// DrainTimeout bounds how long Run goes on after its context is done.
	DrainTimeout time.Duration
	// Log gets what an operator would act on.
	Log *slog.Logger
	// Now is the clock.
	Now func() time.Time
	// Metrics counts and times; nil: nobody looks.
	Metrics *metrics.Metrics
	// Tracer follows the attempts; nil: nothing is traced.
	Tracer *tracing.Tracer
}

// Worker works off the queue.
type Worker struct {
	Options
	table      *lease.Table
	outbox     *outbox.Outbox
	isStopping atomic.Bool
	lastScan   atomic.Int64  // in Unix nanoseconds
	turns      atomic.Uint64 // of the loop that reads
	watches    watches
}

// New returns a worker, which does nothing before Run.
func New(options Options) *Worker {
	if options.Metrics == nil {
		options.Metrics = metrics.New()
	}
	observed := process.WithObserver(context.Background(), observer{options.Metrics, options.Now})
	w := &Worker{Options: options, table: lease.NewTable(observed, options.Concurrency, options.ProcessTimeout)}
	w.Log = w.Log.With("worker", w.ID)
	w.outbox = outbox.New(w.Sender, w, w.Pace, w.Now)
	return w
}

// Run works until ctx is done, and then drains: see drain. It may be called once. It waits for its goroutines, but for
// those that outlast the grace: a read that Redis does not answer, and work that does not heed its context.
func (w *Worker) Run(ctx context.Context) {
	// What must go on after ctx is done, to drain, ends when Run does.
	afterCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var loops sync.WaitGroup
	loops.Go(func() { w.keepLeases(afterCtx) })
	sent := start(func() { w.outbox.Run(afterCtx) })
	consumed := start(func() { w.consume(ctx) })

	<-ctx.Done()
	w.isStopping.Store(true)
	w.drain(afterCtx, consumed, sent)
	stop()
	loops.Wait()
	<-sent
}

// start runs f in a goroutine and returns a channel that is closed when it has ended.
func start(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	return done
}

// consume reads as many entries as there are slots, and claims their orders, until ctx is done.
func (w *Worker) consume(ctx context.Context) {
	for ctx.Err() == nil {
		free, err := w.awaitRoom(ctx)
		if err != nil {
			return
		}
		entries := w.Source.Read(ctx, min(free, maxRead))
		w.claim(entries, w.Now())
		w.turns.Add(1)
	}
}

// awaitRoom waits until slots are free and the outbox has room for their reports, and returns how many slots, or ctx's
// error once it is done. A worker that is full still shows that it is there.
func (w *Worker) awaitRoom(ctx context.Context) (int, error) {
	for {
		free, err := w.tryRoom(ctx)
		if err == nil || ctx.Err() != nil {
			return free, err
		}
		w.Source.ShowLife(ctx)
	}
}

// tryRoom is awaitRoom for up to lifeInterval.
func (w *Worker) tryRoom(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, lifeInterval)
	defer cancel()
	free, err := w.table.AwaitFree(ctx)
	if err == nil {
		err = w.outbox.AwaitRoom(ctx, w.maxReports())
	}
	return free, err
}

// maxReports is how many reports may wait before the reading stops.
func (w *Worker) maxReports() int {
	return reportsPerSlot * w.Concurrency
}

func (w *Worker) claim(entries []queue.Entry, now time.Time) {
	w.Metrics.Read(entries, now)
	claims := make([]order.Update, 0, len(entries))
	for _, entry := range entries {
		if !w.table.Reserve(entry.OrderID) {
			w.Log.Debug("dropped an entry of an order that is claimed or held already", "orderId", entry.OrderID)
			continue
		}
		claims = append(claims, order.Update{OrderID: entry.OrderID, Kind: order.Claim})
	}
	w.Metrics.Repeated(len(entries) - len(claims))
	w.Tracer.Delivered(claims, now)
	w.outbox.Add(claims...)
}

// Held returns how many orders are being claimed or held.
func (w *Worker) Held() int {
	return w.table.Held()
}

// ReportsWaiting returns how many reports wait to be sent or answered.
func (w *Worker) ReportsWaiting() int {
	return w.outbox.Reports()
}
