package main

import (
	"context"
	crand "crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	redislogging "github.com/redis/go-redis/v9/logging"

	"orders/worker/internal/backoff"
	"orders/worker/internal/config"
	"orders/worker/internal/gateway"
	"orders/worker/internal/health"
	"orders/worker/internal/link"
	"orders/worker/internal/logging"
	"orders/worker/internal/metrics"
	"orders/worker/internal/process"
	"orders/worker/internal/queue"
	"orders/worker/internal/steps"
	"orders/worker/internal/tracing"
	"orders/worker/internal/worker"
)

// leaveTimeout bounds the goodbye to Redis.
const leaveTimeout = time.Second

// run wires the worker up and works until ctx is done; then it drains. An error means that it could not begin.
func run(ctx context.Context, getenv func(string) string, stdout io.Writer) error {
	cfg, err := config.Read(getenv)
	chosen, stepsErr := steps.Read(getenv, cfg)
	if err := errors.Join(err, stepsErr); err != nil {
		return err
	}
	id := newWorkerID()
	log := logging.New(stdout, cfg.LogLevel)
	log.Info("starting", "worker", id, "steps", process.Names(chosen), "config", cfg)

	redislogging.Disable() // go-redis tells of every failed try on stderr; the link logs what matters
	client, err := queue.Connect(cfg.RedisURL)
	if err != nil {
		return err
	}
	defer closing(log, "Redis", client)
	redisLink := link.New("Redis", log, time.Now)
	away := backoff.Policy{Base: 20 * time.Millisecond, Cap: time.Second, Random: rand.Float64}
	refused := backoff.Policy{Base: time.Second, Cap: 5 * time.Second, Random: rand.Float64}
	reader := queue.NewReader(client, id, redisLink, log, away)

	processor, err := newProcessor(chosen, id, getenv)
	if err != nil {
		return err
	}
	gateways, err := gateway.Dial(cfg.Gateways, id, gateway.Security{Token: cfg.GatewayToken, TLS: cfg.GatewayTLS})
	if err != nil {
		return err
	}
	defer closing(log, "the gateway", gateways)
	gatewayLink := link.New("the gateway", log, time.Now)

	tracer, err := tracing.New(ctx, tracing.Options{Endpoint: cfg.TracesEndpoint, Share: cfg.TracesShare, WorkerID: id, Log: log})
	if err != nil {
		return err
	}
	defer closing(log, "the tracer", tracer)
	measured := metrics.New()
	w := worker.New(worker.Options{
		ID:             id,
		Source:         reader,
		Sender:         measured.Sender(gateways),
		Pace:           measured.Pace(&gateway.Pace{Link: gatewayLink, Log: log, WhileAway: away, WhileRefused: refused}),
		Processor:      processor,
		Concurrency:    cfg.Concurrency,
		ProcessTimeout: cfg.ProcessTimeout,
		DrainTimeout:   cfg.DrainTimeout,
		Log:            log,
		Now:            time.Now,
		Metrics:        measured,
		Tracer:         tracer,
	})
	isGatewayUp := func(ctx context.Context) error { return gatewayLink.Check(ctx, gateways.Probe) }
	measured.Watch(sources(ctx, cfg, w, reader, tracer, redisLink, isGatewayUp))
	address := net.JoinHostPort(cfg.ListenHost, strconv.Itoa(cfg.HealthPort))
	status := health.Worker{LastScan: w.LastScan, Stalls: w.Stalls, Held: w.Held, DeadLetters: reader.DeadLetters, Metrics: measured.Handler()}
	server, err := health.Listen(ctx, address, status, map[string]health.Check{
		"redis":   reader.Check,
		"gateway": isGatewayUp,
	}, time.Now)
	if err != nil {
		return err
	}
	defer closing(log, "the health server", server)

	var announced sync.WaitGroup
	announced.Go(func() { announce(ctx, log, server.Address(), redisLink, gateways) })
	w.Run(ctx)
	announced.Wait()
	leave(log, reader)
	return nil
}

// sources is where the metrics look when they are asked for.
func sources(
	ctx context.Context, cfg config.Config, w *worker.Worker, reader *queue.Reader, tracer *tracing.Tracer, redisLink *link.Link, isGatewayUp health.Check,
) metrics.Sources {
	// Redis is tried every few seconds, so what is not known of it lately needs no probe, which might wait.
	notLately := func(context.Context) error { return errors.New("it has not answered lately") }
	return metrics.Sources{
		WorkerID: w.ID, Slots: cfg.Concurrency, Held: w.Held, ReportsWaiting: w.ReportsWaiting, LastScan: w.LastScan, Stalls: w.Stalls,
		DeadLetters: reader.DeadLetters, SpansExported: tracer.Exported, SpansDropped: tracer.Dropped,
		Redis:   func() error { return redisLink.Check(ctx, notLately) },
		Gateway: func() error { return isGatewayUp(ctx) },
	}
}

// announce logs once that all which the worker needs is there. It ends by itself then, or with ctx.
func announce(ctx context.Context, log *slog.Logger, address string, redisLink *link.Link, gateways *gateway.Client) {
	select {
	case <-redisLink.Reached():
	case <-ctx.Done():
		return
	}
	if err := gateways.Probe(ctx); err != nil {
		log.Info("waiting for the gateway", "reason", err.Error())
	}
	if gateways.AwaitConnected(ctx) == nil {
		log.Info("ready", "health", "http://"+address+"/readyz")
	}
}

// leave takes the consumer out of its group, as far as Redis is there: the gateway's relay does so too, later.
func leave(log *slog.Logger, reader *queue.Reader) {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	if err := reader.Leave(ctx); err != nil {
		log.Warn("could not say goodbye to Redis", "error", err)
	}
}

func closing(log *slog.Logger, name string, closer io.Closer) {
	if err := closer.Close(); err != nil {
		log.Warn("closing "+name, "error", err)
	}
}

// newWorkerID names this start of the worker: at most 64 printable ASCII characters, never used before.
func newWorkerID() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	random := make([]byte, 4)
	_, _ = crand.Read(random) // never fails
	return fmt.Sprintf("%s-%d-%s", printable(host, 40), os.Getpid(), hex.EncodeToString(random))
}

// printable is at most limit characters of text, with the ones that are not printable ASCII left out.
func printable(text string, limit int) string {
	kept := make([]byte, 0, limit)
	for i := 0; i < len(text) && len(kept) < limit; i++ {
		if text[i] > ' ' && text[i] < 0x7f {
			kept = append(kept, text[i])
		}
	}
	return string(kept)
}
