package worker_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"orders/worker/internal/order"
	"orders/worker/internal/process"
	"orders/worker/internal/queue"
	"orders/worker/internal/worker"
)

// fakeSource, fakeSender and fakePace let hours pass in no time, which Redis and a gateway do not.
type fakeSource struct {
	read  func(ctx context.Context) []queue.Entry
	signs atomic.Int64
}

func (s *fakeSource) Read(ctx context.Context, _ int) []queue.Entry { return s.read(ctx) }

func (s *fakeSource) ShowLife(context.Context) { s.signs.Add(1) }

// reads hands out the orders one by one, and then none.
func reads(ids ...string) func(context.Context) []queue.Entry {
	return func(ctx context.Context) []queue.Entry {
		if len(ids) == 0 {
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
			return nil
		}
		next := ids[0]
		ids = ids[1:]
		return []queue.Entry{{OrderID: next, Quantity: 1}}
	}
}

// readsOn hands out an order each second, for ever.
func readsOn() func(context.Context) []queue.Entry {
	count, none := 0, reads()
	return func(ctx context.Context) []queue.Entry {
		none(ctx)
		count++
		return []queue.Entry{{OrderID: strconv.Itoa(count), Quantity: 1}}
	}
}

// firstIs has the gateway answer all updates but those of the first order, which become of as first does.
func firstIs(first fakeSender) fakeSender {
	return func(ctx context.Context, updates []order.Update) error {
		if slices.ContainsFunc(updates, func(update order.Update) bool { return update.OrderID == "1" }) {
			return first(ctx, updates)
		}
		return nil
	}
}

type fakeSender func(ctx context.Context, updates []order.Update) error

func (send fakeSender) Send(ctx context.Context, updates []order.Update) ([]order.Result, error) {
	if err := send(ctx, updates); err != nil {
		return nil, err
	}
	results := make([]order.Result, len(updates))
	for i, update := range updates {
		results[i] = order.Result{Outcome: order.Applied, Lease: longLease, Order: &order.Order{ID: update.OrderID, Attempt: 1}}
	}
	return results, nil
}

type fakePace struct{}

func (fakePace) Failed(error, int) time.Duration                { return time.Second }
func (fakePace) Refused(error, order.Update, int) time.Duration { return time.Second }
func (fakePace) Succeeded()                                     {}

func answers(context.Context, []order.Update) error { return nil }

// stallCase is a worker with three slots and how its parts behave. What hangs does so until hang is closed.
type stallCase struct {
	read    func(context.Context) []queue.Entry
	send    fakeSender
	work    process.Func
	timeout time.Duration
}

func stallCases(hang <-chan struct{}) map[string]stallCase {
	untilDone := func(ctx context.Context, _ order.Order) error { <-ctx.Done(); return context.Cause(ctx) }
	silent := func(ctx context.Context, _ []order.Update) error { <-ctx.Done(); return ctx.Err() }
	deaf := func(context.Context, []order.Update) error { <-hang; return errors.New("not served") }
	return map[string]stallCase{
		"nothing":            {read: reads(), send: answers, work: instant},
		"both lanes":         {read: readsOn(), send: answers, work: instant},
		"busy":               {read: reads("a", "b", "c", "d"), send: answers, work: untilDone},
		"reading":            {read: func(ctx context.Context) []queue.Entry { <-hang; return reads()(ctx) }, send: answers, work: instant},
		"silent":             {read: reads("a", "b", "c"), work: instant, send: silent},
		"one lane's silence": {read: readsOn(), work: instant, send: firstIs(silent)},
		"refused": {read: reads("a"), work: instant,
			send: func(context.Context, []order.Update) error { return errors.New("not served") }},
		"sending":        {read: reads("a"), work: instant, send: deaf},
		"one lane hangs": {read: readsOn(), work: instant, send: firstIs(deaf)},
		"deaf": {read: reads("a", "b", "c", "d"), send: answers, timeout: time.Second,
			work: func(context.Context, order.Order) error { <-hang; return nil }},
	}
}

func TestStalls(t *testing.T) {
	const watched, noticed = time.Minute, 40 * time.Second
	type parts struct{ reading, sending, answers, slots bool }
	for name, want := range map[string]parts{
		"nothing": {}, "busy": {}, "reading": {reading: true}, "silent": {answers: true}, "refused": {answers: true},
		"sending": {sending: true, answers: true}, "deaf": {slots: true},
		"one lane's silence": {answers: true}, "one lane hangs": {sending: true, answers: true}, "both lanes": {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hang := make(chan struct{})
				w, source, stop := startFake(t, stallCases(hang)[name])
				time.Sleep(watched) // synthetic
				synctest.Wait()
				d := w.Stalls()
				got := parts{d.Reading > noticed, d.Sending > noticed, d.Answers > noticed, d.Slots > noticed}
				if got != want {
					t.Errorf("%+v, want %+v", d, want)
				}
				if signs := source.signs.Load(); name == "busy" && signs < 11 {
					t.Errorf("a full worker showed %d signs of life in %v", signs, watched)
				}
				close(hang)
				time.Sleep(time.Minute)
				synctest.Wait()
				if d := w.Stalls(); name == "reading" && d.Reading > 2*time.Second { // an empty read takes a second
					t.Errorf("%+v after it got on again", d)
				}
				stop()
			})
		})
	}
}

// startFake starts a worker that reaches neither Redis nor a gateway.
func startFake(t *testing.T, c stallCase) (*worker.Worker, *fakeSource, func()) {
	t.Helper()
	source := &fakeSource{read: c.read}
	timeout := c.timeout
	if timeout == 0 {
		timeout = time.Hour
	}
	w := worker.New(worker.Options{
		ID: "worker", Source: source, Sender: c.send, Pace: fakePace{}, Processor: c.work, Concurrency: 3,
		ProcessTimeout: timeout, DrainTimeout: 8 * time.Second, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx)
	}()
	return w, source, func() {
		cancel()
		<-ended
	}
}
