// Package gateway speaks to the gateways, the only writers of what workers report. It is the one place that knows the
// generated types.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/resolver"

	ordersv1 "orders/worker/gen/orders/v1"
)

// roundRobin spreads the calls over all gateways that are connected.
const roundRobin = `{"loadBalancingConfig": [{"round_robin": {}}]}`

// Client applies updates through the gateways. Its methods may be called by many goroutines.
type Client struct {
	conn     *grpc.ClientConn
	service  ordersv1.OrderStatusServiceClient
	workerID string
}

// Dial returns a client of the gateways at the addresses (host:port), which speaks as the given worker. It begins to
// connect at once and stays connected by itself. An address may be a DNS name of several gateways.
func Dial(addresses []string, workerID string, security Security) (*Client, error) {
	names := newNames(addresses, resolver.Get("dns"))
	options := append(security.options(),
		grpc.WithResolvers(names),
		grpc.WithDefaultServiceConfig(roundRobin),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			// Time is the least that grpc-go permits. Timeout also bounds unacknowledged data (TCP_USER_TIMEOUT), so a
			// half-open connection under load is noticed within it.
			Time: 10 * time.Second, Timeout: 3 * time.Second, PermitWithoutStream: true,
		}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
			MinConnectTimeout: 3 * time.Second,
		}),
		// A worker stays connected while it has nothing to do, so that the first order after a quiet hour is not slow.
		grpc.WithIdleTimeout(0),
		// The way to a gateway never leads through a proxy for outgoing traffic.
		grpc.WithNoProxy(),
	)
	conn, err := grpc.NewClient(names.target(), options...)
	if err != nil {
		return nil, fmt.Errorf("preparing the connection to the gateway: %w", err)
	}
	conn.Connect()
	return &Client{conn: conn, service: ordersv1.NewOrderStatusServiceClient(conn), workerID: workerID}, nil
}

// Close ends the connections and fails the calls under way.
func (c *Client) Close() error {
	if err := c.conn.Close(); err != nil {
		return fmt.Errorf("closing the connection to the gateway: %w", err)
	}
	return nil
}

// ErrNotConnected says that no gateway is connected.
var ErrNotConnected = errors.New("no gateway is connected")

// Probe returns ErrNotConnected unless a gateway is connected.
func (c *Client) Probe(context.Context) error {
	if c.conn.GetState() != connectivity.Ready {
		return ErrNotConnected
	}
	return nil
}

// AwaitConnected waits until a gateway is connected, or ctx is done.
func (c *Client) AwaitConnected(ctx context.Context) error {
	for state := c.conn.GetState(); state != connectivity.Ready; state = c.conn.GetState() {
		if !c.conn.WaitForStateChange(ctx, state) {
			return ctx.Err()
		}
	}
	return nil
}
