package worker_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	ordersv1 "orders/worker/gen/orders/v1"
	"orders/worker/internal/backoff"
	"orders/worker/internal/gateway"
	"orders/worker/internal/gatewaytest"
	"orders/worker/internal/link"
	"orders/worker/internal/order"
	"orders/worker/internal/process"
	"orders/worker/internal/queue"
	"orders/worker/internal/redistest"
	"orders/worker/internal/worker"
)

const (
	processing = ordersv1.OrderStatus_ORDER_STATUS_PROCESSING
	completed  = ordersv1.OrderStatus_ORDER_STATUS_COMPLETED
	failed     = ordersv1.OrderStatus_ORDER_STATUS_FAILED
	pending    = ordersv1.OrderStatus_ORDER_STATUS_PENDING
)

const (
	longLease = 10 * time.Second
	deadline  = 20 * time.Second
)

// instant is work that is done at once.
var instant = process.Func(func(context.Context, order.Order) error { return nil })

// system is a worker between a real Redis and a scripted gateway.
type system struct {
	t       testing.TB
	gateway *gatewaytest.Gateway
	redis   *redis.Client
	url     string
	log     *lockedBuffer
}

func newSystem(t testing.TB, lease time.Duration) *system {
	t.Helper()
	url, client := redistest.New(t)
	return &system{t: t, gateway: gatewaytest.Start(t, lease), redis: client, url: url, log: &lockedBuffer{}}
}

// running is a worker at work.
type running struct {
	*worker.Worker
	stop  context.CancelFunc
	ended chan struct{}
}

// start runs a worker with the processor until it is stopped or the test ends.
func (s *system) start(processor process.Processor, change ...func(*worker.Options)) *running {
	s.t.Helper()
	options := s.options("worker-"+fmt.Sprint(rand.Uint32()), processor)
	for _, f := range change {
		f(&options)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Worker: worker.New(options), stop: cancel, ended: make(chan struct{})}
	go func() {
		defer close(r.ended)
		r.Run(ctx)
	}()
	s.t.Cleanup(func() {
		r.stop()
		// An entry that names no order ends the read under way, which saves each test up to a second.
		s.redis.XAdd(context.Background(), &redis.XAddArgs{Stream: "orders:queue", Values: []any{"wake", "up"}})
		<-r.ended
		if s.t.Failed() {
			s.t.Logf("the worker's log:\n%.4000s", s.log.String())
		}
	})
	return r
}

func (s *system) options(id string, processor process.Processor) worker.Options {
	s.t.Helper()
	client, err := queue.Connect(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = client.Close() })
	gateways, err := gateway.Dial([]string{s.gateway.Address()}, id, gateway.Security{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = gateways.Close() })
	log := slog.New(slog.NewTextHandler(s.log, nil))
	pace := backoff.Policy{Base: time.Millisecond, Cap: 50 * time.Millisecond, Random: rand.Float64}
	return worker.Options{
		ID: id, Sender: gateways, Processor: processor, Log: log, Now: time.Now,
		Source: queue.NewReader(client, id, link.New("Redis", log, time.Now), log, pace),
		Pace: &gateway.Pace{
			Link: link.New("the gateway", log, time.Now), Log: log, WhileAway: pace, WhileRefused: pace,
		},
		Concurrency: 1000, ProcessTimeout: time.Minute, DrainTimeout: 8 * time.Second,
	}
}

// create puts n pending orders into the gateway and returns their ids.
func (s *system) create(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("0199c0de-7abc-7def-8123-%012x", rand.Uint64()&0xffff_ffff_ffff)
	}
	s.gateway.Add(ids...)
	return ids
}

// enqueue adds an entry to the stream for each id.
func (s *system) enqueue(ids ...string) {
	s.t.Helper()
	_, err := s.redis.Pipelined(context.Background(), func(pipe redis.Pipeliner) error {
		for _, id := range ids {
			pipe.XAdd(context.Background(), &redis.XAddArgs{Stream: "orders:queue", Values: []any{"orderId", id, "quantity", 2}})
		}
		return nil
	})
	if err != nil {
		s.t.Fatalf("enqueueing: %v", err)
	}
}

// await waits until isMet, for no longer than the deadline.
func (s *system) await(what string, isMet func() bool) {
	s.t.Helper()
	for end := time.Now().Add(deadline); !isMet(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waited in vain for: %s", what)
		}
	}
}

func (s *system) awaitCompleted(ids []string) {
	s.t.Helper()
	s.await("all orders completed", func() bool { return s.gateway.Count(completed) == len(ids) })
	for _, id := range ids {
		if o := s.gateway.Order(id); o.Completions != 1 {
			s.t.Errorf("order %s was completed %d times", id, o.Completions)
		}
	}
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
