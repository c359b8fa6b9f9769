package main

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/redis/go-redis/v9"

	ordersv1 "orders/worker/gen/orders/v1"
	"orders/worker/internal/gatewaytest"
)

// scrape returns what GET /metrics answers, by series.
func scrape(t *testing.T, url string) (series map[string]float64, text string) {
	t.Helper()
	response, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", response.StatusCode, err)
	}
	series = make(map[string]float64)
	for line := range strings.Lines(string(body)) {
		if end := strings.LastIndexByte(line, ' '); line[0] != '#' {
			value, err := strconv.ParseFloat(strings.TrimSpace(line[end:]), 64)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			series[line[:end]] = value
		}
	}
	return series, string(body)
}

func (s *system) add(values ...any) {
	s.t.Helper()
	if err := s.redis.XAdd(context.Background(), &redis.XAddArgs{Stream: "orders:queue", Values: values}).Err(); err != nil {
		s.t.Fatal(err)
	}
}

// retryFailures has the failed orders pending and enqueued again, and returns how many they are.
func (s *system) retryFailures(ids []string) int {
	s.t.Helper()
	count := 0
	for _, id := range ids {
		if s.gateway.Order(id).Status == ordersv1.OrderStatus_ORDER_STATUS_FAILED {
			s.gateway.Change(id, func(o *gatewaytest.Order) { o.Status = ordersv1.OrderStatus_ORDER_STATUS_PENDING })
			s.add("orderId", id, "quantity", 2)
			count++
		}
	}
	return count
}

func (s *system) isAllEnded(ids []string) bool {
	return s.gateway.Completed()+s.gateway.Count(ordersv1.OrderStatus_ORDER_STATUS_FAILED) == len(ids)
}

func TestMetricsTellOfARun(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	c := s.start("PROCESS_FAIL_RATE=0.5", "WORKER_CONCURRENCY=400")
	url := c.healthURL()
	ids := s.enqueue(300)
	await(t, "the first attempts", func() bool { return s.isAllEnded(ids) })
	s.add("item", "Laptop") // names no order

	s.gateway.Stop()
	retried := s.retryFailures(ids)
	await(t, "the outage told", func() bool {
		series, _ := scrape(t, url)
		return series["orders_worker_gateway_up"] == 0 && series[`orders_worker_rpc_retries_total{reason="failed"}`] > 0 &&
			series["orders_worker_held"] > 0 && series["orders_worker_redis_up"] == 1
	})
	s.gateway.Resume()
	await(t, "the second attempts", func() bool { return s.isAllEnded(ids) })

	failures := 0
	for _, id := range ids {
		failures += s.gateway.Order(id).Failures
	}
	if retried == 0 || failures <= retried/4 {
		t.Fatalf("%d orders were retried, there were %d failures", retried, failures)
	}
	want := map[string]int{
		`orders_worker_attempts_total{outcome="completed"}`:                                s.gateway.Completed(),
		`orders_worker_attempts_total{outcome="retryable"}`:                                failures,
		`orders_worker_claims_total{outcome="applied"}`:                                    300 + retried,
		`orders_worker_attempt_duration_seconds_count`:                                     300 + retried,
		`orders_worker_queue_wait_seconds_count`:                                           300 + retried,
		`orders_worker_read_batch_size_sum`:                                                300 + retried,
		`orders_worker_step_duration_seconds_count{outcome="completed",step="simulation"}`: s.gateway.Completed(),
		`orders_worker_step_duration_seconds_count{outcome="retryable",step="simulation"}`: failures,
		`orders_worker_dead_entries_total`:                                                 1,
		`orders_worker_slots`:                                                              400,
		`orders_worker_gateway_up`:                                                         1,
		`orders_worker_spans_exported_total`:                                               0,
		`orders_worker_leases_lost_total{reason="expired"}`:                                0,
	}
	// A report counts a moment after the gateway has applied it.
	await(t, "every report counted", func() bool {
		series, _ := scrape(t, url)
		return series["orders_worker_held"] == 0 && series["orders_worker_reports_waiting"] == 0 && float64(300+retried) ==
			series[`orders_worker_attempts_total{outcome="completed"}`]+series[`orders_worker_attempts_total{outcome="retryable"}`]
	})
	series, _ := scrape(t, url)
	for name, value := range want {
		if series[name] != float64(value) {
			t.Errorf("%s is %v, want %d", name, series[name], value)
		}
	}
	checkFormat(t, url)
}

func checkFormat(t *testing.T, url string) {
	t.Helper()
	series, text := scrape(t, url)
	if sum := series["orders_worker_queue_wait_seconds_sum"]; sum <= 0 {
		t.Errorf("all entries waited for %v s", sum)
	}
	if series[`orders_worker_rpc_duration_seconds_count{code="Unavailable",method="BatchUpdateOrderStatus"}`] == 0 {
		t.Error("the calls of the outage are not counted by their code")
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}
