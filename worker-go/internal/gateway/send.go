package gateway

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ordersv1 "orders/worker/gen/orders/v1"
	"orders/worker/internal/order"
	"orders/worker/internal/outbox"
)

// ErrNotServed marks an error which says that the gateway was reached and does not serve this worker, whatever it sends.
var ErrNotServed = errors.New("the gateway does not serve this worker")

// Send applies the updates in one call and returns one result for each, in order. After an error some of the updates may
// have been applied: every update may be sent again. The error is an outbox.ErrRefused or an ErrNotServed unless it will
// pass by itself.
func (c *Client) Send(ctx context.Context, updates []order.Update) ([]order.Result, error) {
	response, err := c.service.BatchUpdateOrderStatus(ctx, c.encode(updates))
	if err != nil {
		return nil, classify(err)
	}
	results, err := decode(updates, response.GetResults())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", outbox.ErrRefused, err)
	}
	return results, nil
}

func classify(err error) error {
	switch status.Code(err) {
	// The gateway or its database is away, slow, or overloaded, or the connection broke.
	case codes.Unavailable, codes.DeadlineExceeded, codes.Aborted, codes.Canceled, codes.ResourceExhausted:
		return fmt.Errorf("calling the gateway: %w", err)
	case codes.Unauthenticated, codes.PermissionDenied, codes.Unimplemented:
		return fmt.Errorf("%w: %w", ErrNotServed, err)
	default:
		return fmt.Errorf("%w: %w", outbox.ErrRefused, err)
	}
}

func decode(updates []order.Update, answers []*ordersv1.OrderStatusResult) ([]order.Result, error) {
	if len(answers) != len(updates) {
		return nil, fmt.Errorf("%d results came for %d updates", len(answers), len(updates))
	}
	results := make([]order.Result, len(answers))
	for i, answer := range answers {
		if answer.GetOrderId() != updates[i].OrderID {
			return nil, fmt.Errorf("result %d is about order %q, not %q", i, answer.GetOrderId(), updates[i].OrderID)
		}
		results[i] = decodeResult(answer)
	}
	return results, nil
}
