package main

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	ordersv1 "orders/worker/gen/orders/v1"
	"orders/worker/internal/gatewaytest"
	"orders/worker/internal/redistest"
)

func TestConfigurationErrorsNameTheVariables(t *testing.T) {
	t.Parallel()
	c := startChild(t, "GATEWAY_ADDR=nowhere", "WORKER_CONCURRENCY=0", "WORKER_STEPS=billing,bill")
	if code := c.awaitExit(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	for _, name := range []string{
		"REDIS_URL is missing", "GATEWAY_ADDR is malformed", "WORKER_CONCURRENCY is malformed",
		"WORKER_STEPS is malformed", "STEP_BILLING_URL is missing",
	} {
		if !strings.Contains(c.stderr.String(), name) {
			t.Errorf("%q is not in %q", name, c.stderr.String())
		}
	}
}

func TestTakenPortIsAClearError(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	_, port, _ := strings.Cut(s.gateway.Address(), ":")
	c := s.start("PORT_WORKER_METRICS=" + port)
	if code := c.awaitExit(); code != 1 || !strings.Contains(c.stderr.String(), "PORT_WORKER_METRICS") {
		t.Errorf("exit code %d, %q", code, c.stderr.String())
	}
}

func TestOrdersAreCompletedAndTheWorkerLeaves(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	ids := s.enqueue(2000)
	c := s.start()
	await(t, "all orders completed", func() bool { return s.gateway.Completed() == len(ids) })
	url := c.healthURL()
	for _, path := range []string{"/livez", "/readyz"} {
		if code, body := getJSON(t, url+path); code != 200 || body["status"] != "ok" {
			t.Errorf("%s: %d %v", path, code, body)
		}
	}
	if code, body := getJSON(t, url+"/metric"); code != 404 || body["status"] != 404.0 {
		t.Errorf("unknown path: %d %v", code, body)
	}
	c.signal(syscall.SIGTERM)
	if code := c.awaitExit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	consumers, err := s.redis.XInfoConsumers(t.Context(), "orders:queue", "workers").Result()
	if err != nil || len(consumers) != 0 {
		t.Errorf("consumers left: %v, %v", consumers, err)
	}
	if c.stderr.String() != "" {
		t.Errorf("stderr: %s", c.stderr.String())
	}
	if lines := strings.Count(c.stdout.String(), "\n"); lines > 6 {
		t.Errorf("%d lines were logged for a happy run:\n%s", lines, c.stdout.String())
	}
}

func TestSigtermReleasesLongWorkWithinTheGrace(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	ids := s.enqueue(300)
	c := s.start("PROCESS_MS=60000", "DRAIN_TIMEOUT_MS=4000")
	await(t, "all orders in work", func() bool { return s.gateway.Count(ordersv1.OrderStatus_ORDER_STATUS_PROCESSING) == len(ids) })
	begin := time.Now()
	c.signal(syscall.SIGINT)
	if code := c.awaitExit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if took := time.Since(begin); took > 8*time.Second {
		t.Errorf("took %v, the grace is 4 s", took)
	}
	if got := s.gateway.Count(ordersv1.OrderStatus_ORDER_STATUS_PENDING); got != len(ids) {
		t.Errorf("%d orders are pending, want %d", got, len(ids))
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	s.enqueue(10)
	c := s.start("PROCESS_MS=60000", "DRAIN_TIMEOUT_MS=60000")
	await(t, "all orders in work", func() bool { return s.gateway.Count(ordersv1.OrderStatus_ORDER_STATUS_PROCESSING) == 10 })
	c.signal(syscall.SIGTERM)
	c.awaitLog(`"msg":"stopping"`)
	c.signal(syscall.SIGTERM)
	if code := c.awaitExit(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
}

func TestStartsBeforeWhatItNeeds(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	proxy := redistest.NewProxy(t, s.url)
	proxy.Cut()
	s.gateway.Stop()
	ids := s.enqueue(100)
	c := startChild(t, "REDIS_URL="+proxy.URL, "GATEWAY_ADDR="+s.gateway.Address())
	c.awaitLog("Redis is away")
	proxy.Resume()
	c.awaitLog("the gateway is away")
	s.gateway.Resume()
	await(t, "all orders completed", func() bool { return s.gateway.Completed() == len(ids) })
	c.awaitLog(`"msg":"ready"`)
	for _, text := range []string{"Redis is away", "Redis is back", "the gateway is away", "the gateway is back"} {
		if got := strings.Count(c.stdout.String(), text); got != 1 {
			t.Errorf("%q was logged %d times", text, got)
		}
	}
	if c.stderr.String() != "" {
		t.Errorf("stderr: %s", c.stderr.String())
	}
}

func TestReadyzTellsWhatIsAway(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	proxy := redistest.NewProxy(t, s.url)
	c := startChild(t, "REDIS_URL="+proxy.URL, "GATEWAY_ADDR="+s.gateway.Address())
	url := c.healthURL()
	proxy.Cut()
	await(t, "not ready", func() bool { code, _ := getJSON(t, url+"/readyz"); return code == 503 })
	if code, _ := getJSON(t, url+"/livez"); code != 200 {
		t.Errorf("/livez: %d", code)
	}
	proxy.Resume()
	await(t, "ready again", func() bool { code, _ := getJSON(t, url+"/readyz"); return code == 200 })
	s.gateway.Stop()
	s.enqueue(1)
	await(t, "not ready", func() bool {
		code, body := getJSON(t, url+"/readyz")
		checks, _ := body["checks"].(map[string]any)
		return code == 503 && checks["redis"] == "ok" && checks["gateway"] != "ok"
	})
	c.signal(syscall.SIGTERM)
	c.signal(syscall.SIGTERM)
	c.awaitExit()
}

// A gateway that takes calls and never answers is as little use as one that is not there.
func TestReadyzTellsOfAGatewayThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	c := s.start()
	url := c.healthURL()
	await(t, "ready", func() bool { code, _ := getJSON(t, url+"/readyz"); return code == 200 })
	s.gateway.Before(func(ctx context.Context, _ []gatewaytest.Update) error { <-ctx.Done(); return ctx.Err() })
	ids := s.enqueue(3)
	begin := time.Now()
	await(t, "not ready", func() bool {
		code, body := getJSON(t, url+"/readyz")
		checks, _ := body["checks"].(map[string]any)
		return code == 503 && checks["redis"] == "ok" && checks["gateway"] != "ok"
	})
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %v to notice", took)
	}
	if code, body := getJSON(t, url+"/livez"); code != 200 {
		t.Errorf("/livez: %d %v; starting the worker again would not help", code, body)
	}
	s.gateway.Before(nil)
	await(t, "ready again", func() bool { code, _ := getJSON(t, url+"/readyz"); return code == 200 })
	await(t, "all orders completed", func() bool { return s.gateway.Completed() == len(ids) })
}

func TestWorkerIDs(t *testing.T) {
	t.Parallel()
	first, second := newWorkerID(), newWorkerID()
	if first == second || len(first) > 64 || first != printable(first, 64) {
		t.Errorf("ids %q and %q", first, second)
	}
	if got := printable("wörker 7\n", 6); got != "wrker7" {
		t.Errorf("printable = %q", got)
	}
}
