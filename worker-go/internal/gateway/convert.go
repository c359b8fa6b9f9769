package gateway

import (
	"strings"
	"time"
	"unicode/utf8"

	ordersv1 "orders/worker/gen/orders/v1"
	"orders/worker/internal/order"
)

// reasonMaxChars is how much of a reason the gateway keeps. A full batch of reasons as long stays below the 4 MiB that
// gRPC accepts as one message.
const reasonMaxChars = 1000

func (c *Client) encode(updates []order.Update) *ordersv1.BatchUpdateOrderStatusRequest {
	messages := make([]ordersv1.OrderStatusUpdate, len(updates)) // one allocation for all of them
	pointers := make([]*ordersv1.OrderStatusUpdate, len(updates))
	for i, update := range updates {
		message := &messages[i]
		message.OrderId = update.OrderID
		message.Status = encodeKind(update.Kind)
		message.Attempt = update.Attempt
		message.WorkerId = c.workerID
		message.Reason = encodeReason(update.Reason)
		message.Retryable = update.Retryable
		message.HoldLimit = update.HoldLimit
		pointers[i] = message
	}
	return &ordersv1.BatchUpdateOrderStatusRequest{Updates: pointers}
}

func encodeKind(kind order.Kind) ordersv1.OrderStatus {
	switch kind {
	case order.Claim, order.Renew: // told apart by the attempt
		return ordersv1.OrderStatus_ORDER_STATUS_PROCESSING
	case order.Complete:
		return ordersv1.OrderStatus_ORDER_STATUS_COMPLETED
	case order.Fail:
		return ordersv1.OrderStatus_ORDER_STATUS_FAILED
	case order.Release:
		return ordersv1.OrderStatus_ORDER_STATUS_PENDING
	default:
		return ordersv1.OrderStatus_ORDER_STATUS_UNSPECIFIED
	}
}

// encodeReason cuts the reason and makes it valid UTF-8, without which protobuf would refuse the whole batch.
func encodeReason(reason string) string {
	reason = strings.ToValidUTF8(reason, string(utf8.RuneError))
	chars := 0
	for i := range reason {
		if chars == reasonMaxChars {
			return reason[:i]
		}
		chars++
	}
	return reason
}

func decodeResult(answer *ordersv1.OrderStatusResult) order.Result {
	result := order.Result{
		Outcome: decodeOutcome(answer.GetOutcome()),
		Lease:   time.Duration(answer.GetLeaseMs()) * time.Millisecond,
	}
	if result.Outcome == order.Rejected {
		result.Reason, result.HoldLimit = decodeRejection(answer), answer.GetHoldLimit()
	}
	if o := answer.GetOrder(); o != nil {
		result.Order = &order.Order{
			ID:         answer.GetOrderId(),
			Item:       o.GetItem(),
			Quantity:   o.GetQuantity(),
			PriceCents: o.GetPriceCents(),
			CreatedAt:  time.UnixMilli(o.GetCreatedAtUnixMs()).UTC(),
			Attempt:    answer.GetAttempt(),
		}
	}
	return result
}

// decodeOutcome takes an outcome that it does not know for a rejection: acting as if it took effect could do work twice.
func decodeOutcome(outcome ordersv1.Outcome) order.Outcome {
	switch outcome {
	case ordersv1.Outcome_OUTCOME_APPLIED:
		return order.Applied
	case ordersv1.Outcome_OUTCOME_DUPLICATE:
		return order.Duplicate
	default:
		return order.Rejected
	}
}

func decodeRejection(answer *ordersv1.OrderStatusResult) string {
	name := strings.TrimPrefix(answer.GetRejectionReason().String(), "REJECTION_REASON_")
	reason := strings.ReplaceAll(strings.ToLower(name), "_", " ")
	if detail := answer.GetDetail(); detail != "" {
		return reason + ": " + detail
	}
	return reason
}
