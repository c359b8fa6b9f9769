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
	"orders/worker/internal/order"
	"orders/worker/internal/outbox"
	"orders/worker/internal/process"
	"orders/worker/internal/queue"
)

const (
	// maxRead bounds one read, so that its claims are one call.
	maxRead = 1000
	// reportsPerSlot bounds the reports that wait: with more than this many for each slot, reading stops.
	reportsPerSlot = 4
)

// errStopping is the cause for which work is cancelled that did not end within the grace of a stop.
var errStopping = errors.New("the worker is stopping")

// Source hands out entries of the stream.
type Source interface {
	// Read returns up to count entries, none when there are none for a while. A read under way when ctx is done ends by
	// itself, and what it returns counts.
	Read(ctx context.Context, count int) []queue.Entry
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
}

// Worker works off the queue.
type Worker struct {
	Options
	table      *lease.Table
	outbox     *outbox.Outbox
	isStopping atomic.Bool
	lastScan   atomic.Int64 // in Unix nanoseconds
}

// New returns a worker, which does nothing before Run.
func New(options Options) *Worker {
	w := &Worker{Options: options, table: lease.NewTable(options.Concurrency, options.ProcessTimeout)}
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
		free, err := w.table.AwaitFree(ctx)
		if err != nil {
			return
		}
		if err := w.outbox.AwaitRoom(ctx, reportsPerSlot*w.Concurrency); err != nil {
			return
		}
		w.claim(w.Source.Read(ctx, min(free, maxRead)))
	}
}

func (w *Worker) claim(entries []queue.Entry) {
	claims := make([]order.Update, 0, len(entries))
	for _, entry := range entries {
		if !w.table.Reserve(entry.OrderID) {
			w.Log.Debug("dropped an entry of an order that is claimed or held already", "orderId", entry.OrderID)
			continue
		}
		claims = append(claims, order.Update{OrderID: entry.OrderID, Kind: order.Claim})
	}
	w.outbox.Add(claims...)
}

// Held returns how many orders are being claimed or held.
func (w *Worker) Held() int {
	return w.table.Held()
}
