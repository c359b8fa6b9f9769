package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ordersv1 "orders/worker/gen/orders/v1"
	"orders/worker/internal/backoff"
	"orders/worker/internal/gateway"
	"orders/worker/internal/gatewaytest"
	"orders/worker/internal/link"
	"orders/worker/internal/order"
	"orders/worker/internal/outbox"
)

const deadline = 20 * time.Second

func id(i int) string { return fmt.Sprintf("0199c0de-7abc-7def-8123-%012d", i) }

func dial(t *testing.T, addresses ...string) *gateway.Client {
	t.Helper()
	client := prepare(t, gateway.Security{}, addresses...)
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	if err := client.AwaitConnected(ctx); err != nil {
		t.Fatalf("not connected: %v", err)
	}
	return client
}

// prepare dials and does not wait for the connection.
func prepare(t *testing.T, security gateway.Security, addresses ...string) *gateway.Client {
	t.Helper()
	client, err := gateway.Dial(addresses, "worker-1", security)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestSendSpeaksTheContract(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, 10*time.Second)
	client := dial(t, g.Address())
	g.Add(id(1), id(2), id(3), id(4))
	send := func(updates ...order.Update) []order.Result {
		t.Helper()
		results, err := client.Send(t.Context(), updates)
		if err != nil {
			t.Fatal(err)
		}
		return results
	}
	var claims []order.Update
	for i := range 5 {
		claims = append(claims, order.Update{OrderID: id(i), Kind: order.Claim})
	}
	results := send(claims...)
	if got := results[0]; got.Outcome != order.Rejected || got.Reason != "not found" || got.Order != nil {
		t.Errorf("claim of an unknown order: %+v", got)
	}
	for i, got := range results[1:] {
		o := got.Order
		if got.Outcome != order.Applied || got.Lease != 10*time.Second || o == nil || o.ID != id(i+1) || o.Attempt != 1 ||
			o.Item != "Laptop" || o.Quantity != 2 || o.PriceCents != 129999 || time.Since(o.CreatedAt) > time.Minute {
			t.Errorf("claim: %+v, order %+v", got, o)
		}
	}
	results = send(
		claims[1],
		order.Update{OrderID: id(1), Kind: order.Renew, Attempt: 1},
		order.Update{OrderID: id(1), Kind: order.Complete, Attempt: 1},
		order.Update{OrderID: id(1), Kind: order.Complete, Attempt: 1},
		order.Update{OrderID: id(2), Kind: order.Fail, Attempt: 1, Reason: "card refused", Retryable: true},
		order.Update{OrderID: id(3), Kind: order.Release, Attempt: 1},
		order.Update{OrderID: id(4), Kind: order.Complete, Attempt: 9},
	)
	var outcomes []order.Outcome
	for _, result := range results {
		outcomes = append(outcomes, result.Outcome)
	}
	want := []order.Outcome{order.Duplicate, order.Applied, order.Applied, order.Duplicate, order.Applied, order.Applied, order.Rejected}
	if !reflect.DeepEqual(outcomes, want) || results[6].Reason != "stale attempt" || results[0].Order == nil {
		t.Errorf("outcomes %v (%q), want %v", outcomes, results[6].Reason, want)
	}
	if o := g.Order(id(2)); o.Reason != "card refused" || !o.Retryable || o.Worker != "worker-1" {
		t.Errorf("order %+v", o)
	}
	if o := g.Order(id(3)); o.Status != ordersv1.OrderStatus_ORDER_STATUS_PENDING || o.Releases != 1 {
		t.Errorf("order %+v", o)
	}
}

func TestReasonsFitTheWire(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, 10*time.Second)
	client := dial(t, g.Address())
	var claims, failures []order.Update
	for i := range 1000 {
		g.Add(id(i))
		claims = append(claims, order.Update{OrderID: id(i), Kind: order.Claim})
		failures = append(failures, order.Update{OrderID: id(i), Kind: order.Fail, Attempt: 1, Reason: "\xff" + strings.Repeat("🙂", 2000)})
	}
	for _, batch := range [][]order.Update{claims, failures} {
		if _, err := client.Send(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := g.Order(id(999)).Reason, "\uFFFD"+strings.Repeat("🙂", 999); got != want {
		t.Errorf("the reason is %d bytes long, want %d", len(got), len(want))
	}
}

func TestErrorsAreToldApart(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, 10*time.Second)
	client := dial(t, g.Address())
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		g.Before(func(context.Context, []gatewaytest.Update) error { return status.Error(code, "no") })
		_, err := client.Send(t.Context(), []order.Update{{OrderID: id(1), Kind: order.Claim}})
		isRefused, isNotServed := errors.Is(err, outbox.ErrRefused), errors.Is(err, gateway.ErrNotServed)
		switch code {
		case codes.Unavailable, codes.DeadlineExceeded, codes.Aborted, codes.Canceled, codes.ResourceExhausted:
			if err == nil || isRefused || isNotServed {
				t.Errorf("%v does not pass: %v", code, err)
			}
		case codes.Unauthenticated, codes.PermissionDenied, codes.Unimplemented:
			if isRefused || !isNotServed {
				t.Errorf("%v is not about the worker: %v", code, err)
			}
		default:
			if !isRefused || isNotServed {
				t.Errorf("%v is not about the updates: %v", code, err)
			}
		}
	}
}

func TestConnectionErrorsPass(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, 10*time.Second)
	client := dial(t, g.Address())
	g.Stop()
	for range 5 {
		_, err := client.Send(t.Context(), []order.Update{{OrderID: id(1), Kind: order.Claim}})
		if err == nil || errors.Is(err, outbox.ErrRefused) {
			t.Errorf("Send = %v", err)
		}
	}
	if err := client.Probe(t.Context()); !errors.Is(err, gateway.ErrNotConnected) {
		t.Errorf("Probe = %v", err)
	}
	g.Resume()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := client.AwaitConnected(ctx); err != nil {
		t.Errorf("not connected soon after the gateway is back: %v", err)
	}
	if err := client.Probe(t.Context()); err != nil {
		t.Errorf("Probe = %v", err)
	}
}

func TestCallsAreSpreadOverAllGateways(t *testing.T) {
	t.Parallel()
	var calls [2]atomic.Int64
	var addresses []string
	for i := range calls {
		g := gatewaytest.Start(t, 10*time.Second)
		g.Before(func(context.Context, []gatewaytest.Update) error { calls[i].Add(1); return nil })
		addresses = append(addresses, g.Address())
	}
	client := dial(t, addresses...)
	for end := time.Now().Add(deadline); calls[0].Load() < 10 || calls[1].Load() < 10; {
		if time.Now().After(end) {
			t.Fatalf("calls: %d and %d", calls[0].Load(), calls[1].Load())
		}
		if _, err := client.Send(t.Context(), []order.Update{{OrderID: id(1), Kind: order.Claim}}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOneOfTwoGatewaysAway(t *testing.T) {
	t.Parallel()
	up, down := gatewaytest.Start(t, 10*time.Second), gatewaytest.Start(t, 10*time.Second)
	down.Stop()
	client := dial(t, down.Address(), up.Address())
	for range 20 {
		if _, err := client.Send(t.Context(), []order.Update{{OrderID: id(1), Kind: order.Claim}}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := slog.New(slog.NewTextHandler(&out, nil))
	one := func() float64 { return 1 }
	pace := gateway.Pace{
		Link: link.New("the gateway", log, time.Now), Log: log,
		WhileAway:    backoff.Policy{Base: time.Millisecond, Cap: time.Second, Random: one},
		WhileRefused: backoff.Policy{Base: time.Second, Cap: 5 * time.Second, Random: one},
	}
	away := errors.New("connection refused")
	for failures, want := range map[int]time.Duration{1: time.Millisecond, 2: 2 * time.Millisecond, 20: time.Second} {
		if got := pace.Failed(away, failures); got != want {
			t.Errorf("away, failure %d: wait %v, want %v", failures, got, want)
		}
	}
	pace.Succeeded()
	for failures, want := range map[int]time.Duration{1: time.Second, 4: 5 * time.Second} {
		if got := pace.Failed(fmt.Errorf("%w: bad token", gateway.ErrNotServed), failures); got != want {
			t.Errorf("not served, failure %d: wait %v, want %v", failures, got, want)
		}
	}
	refused := fmt.Errorf("%w: bad", outbox.ErrRefused)
	for refusals := range 9 {
		want := min(time.Second<<refusals, 5*time.Second)
		if got := pace.Refused(refused, order.Update{OrderID: id(7), Kind: order.Fail}, refusals+1); got != want {
			t.Errorf("refusal %d: wait %v, want %v", refusals+1, got, want)
		}
	}
	for text, want := range map[string]int{"is away": 1, "is back": 1, "does not serve": 2, "refuses an update": 4, id(7): 4} {
		if got := strings.Count(out.String(), text); got != want {
			t.Errorf("%q was logged %d times, want %d", text, got, want)
		}
	}
}
