// Package gatewaytest is a gateway for tests: real gRPC, orders in memory, and the contract's rules of claim, lease and
// fence. It can be told to fail, to be slow, and to go away.
package gatewaytest

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	ordersv1 "orders/worker/gen/orders/v1"
)

// Update is an update as it came over the wire.
type Update = *ordersv1.OrderStatusUpdate

// Hook sees a call. An error of it is the call's answer.
type Hook func(ctx context.Context, updates []Update) error

// Gateway is a gateway under the control of a test.
type Gateway struct {
	ordersv1.UnimplementedOrderStatusServiceServer
	t     testing.TB
	lease time.Duration

	options  []grpc.ServerOption
	serverMu sync.Mutex
	server   *grpc.Server
	address  string

	mu          sync.Mutex
	orders      map[string]*Order
	completed   int
	before      Hook
	after       Hook
	onPending   func(orderID string)
	calls       [][]Update
	keepsCalls  bool
	underWay    map[string]int
	overlapping []string
}

// Start starts a gateway with leases of that length, which speaks plaintext unless the options say otherwise. It stops when
// the test ends.
func Start(t testing.TB, lease time.Duration, options ...grpc.ServerOption) *Gateway {
	t.Helper()
	g := &Gateway{
		t: t, lease: lease, address: "127.0.0.1:0", options: options,
		orders: make(map[string]*Order), underWay: make(map[string]int), keepsCalls: true,
	}
	g.Resume()
	t.Cleanup(g.Stop)
	return g
}

// Address is where the gateway listens, the same after each Resume.
func (g *Gateway) Address() string {
	g.serverMu.Lock()
	defer g.serverMu.Unlock()
	return g.address
}

// Stop takes the gateway away and breaks its connections. It keeps its orders.
func (g *Gateway) Stop() {
	g.serverMu.Lock()
	defer g.serverMu.Unlock()
	if g.server != nil {
		g.server.Stop()
		g.server = nil
	}
}

// Resume brings the gateway back.
func (g *Gateway) Resume() {
	g.t.Helper()
	g.serverMu.Lock()
	defer g.serverMu.Unlock()
	listener, err := net.Listen("tcp", g.address)
	if err != nil {
		g.t.Fatalf("listening for the gateway: %v", err)
	}
	g.address = listener.Addr().String()
	g.server = grpc.NewServer(append(g.options, grpc.KeepaliveEnforcementPolicy(
		keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}))...)
	ordersv1.RegisterOrderStatusServiceServer(g.server, g)
	go func(server *grpc.Server) { _ = server.Serve(listener) }(g.server) // ends with Stop
}

// Before has each call seen by hook before it is applied. Nil takes the hook away.
func (g *Gateway) Before(hook Hook) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.before = hook
}

// After has each call seen by hook after it was applied: an error is an answer that got lost.
func (g *Gateway) After(hook Hook) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.after = hook
}

// OnPending has hook called for each order that is released, where the real gateway enqueues it.
func (g *Gateway) OnPending(hook func(orderID string)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onPending = hook
}

// ForgetCalls stops keeping the calls, for benchmarks.
func (g *Gateway) ForgetCalls() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls, g.keepsCalls = nil, false
}

// Calls returns the updates of each call so far, refused calls included.
func (g *Gateway) Calls() [][]Update {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([][]Update(nil), g.calls...)
}

// Overlapping returns the orders that were in two calls at once.
func (g *Gateway) Overlapping() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.overlapping...)
}

// BatchUpdateOrderStatus implements the service.
func (g *Gateway) BatchUpdateOrderStatus(ctx context.Context, request *ordersv1.BatchUpdateOrderStatusRequest) (*ordersv1.BatchUpdateOrderStatusResponse, error) {
	updates := request.GetUpdates()
	before, after := g.enter(updates)
	defer g.leave(updates)
	if before != nil {
		if err := before(ctx, updates); err != nil {
			return nil, err
		}
	}
	results, released := g.apply(updates)
	for _, id := range released {
		g.announce(id)
	}
	if after != nil {
		if err := after(ctx, updates); err != nil {
			return nil, err
		}
	}
	return &ordersv1.BatchUpdateOrderStatusResponse{Results: results}, nil
}

func (g *Gateway) enter(updates []Update) (before, after Hook) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.keepsCalls {
		g.calls = append(g.calls, updates)
		for _, update := range updates {
			if g.underWay[update.GetOrderId()]++; g.underWay[update.GetOrderId()] > 1 {
				g.overlapping = append(g.overlapping, update.GetOrderId())
			}
		}
	}
	return g.before, g.after
}

func (g *Gateway) leave(updates []Update) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, update := range updates {
		delete(g.underWay, update.GetOrderId())
	}
}

func (g *Gateway) announce(orderID string) {
	g.mu.Lock()
	hook := g.onPending
	g.mu.Unlock()
	if hook != nil {
		hook(orderID)
	}
}
