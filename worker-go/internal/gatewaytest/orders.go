package gatewaytest

import (
	"time"

	ordersv1 "orders/worker/gen/orders/v1"
)

// Order is an order as the gateway has it, and what happened to it.
type Order struct {
	Status      ordersv1.OrderStatus
	Attempt     uint32
	Worker      string
	Reason      string
	Retryable   bool
	Completions int // how many completions were applied
	Failures    int
	Releases    int
	Renewals    int
	HoldLimit   uint32 // a claim needs a limit of at most this; 0: none
	// last is the update that ended the newest attempt, to know its repetition.
	last ordersv1.OrderStatus
}

// Add puts pending orders into the gateway.
func (g *Gateway) Add(ids ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range ids {
		g.orders[id] = &Order{Status: ordersv1.OrderStatus_ORDER_STATUS_PENDING}
	}
}

// Order returns a copy of the order.
func (g *Gateway) Order(id string) Order {
	g.mu.Lock()
	defer g.mu.Unlock()
	if o := g.orders[id]; o != nil {
		return *o
	}
	return Order{}
}

// Change changes the order, as something else than the worker would: the relay, or a person.
func (g *Gateway) Change(id string, change func(*Order)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(g.orders[id])
}

// Count returns how many orders have the status.
func (g *Gateway) Count(status ordersv1.OrderStatus) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	count := 0
	for _, o := range g.orders {
		if o.Status == status {
			count++
		}
	}
	return count
}

// Completed returns how many completions were applied.
func (g *Gateway) Completed() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.completed
}

func (g *Gateway) apply(updates []Update) (results []*ordersv1.OrderStatusResult, released []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, update := range updates {
		result := &ordersv1.OrderStatusResult{OrderId: update.GetOrderId()}
		results = append(results, result)
		o := g.orders[update.GetOrderId()]
		if o == nil {
			reject(result, ordersv1.RejectionReason_REJECTION_REASON_NOT_FOUND)
			continue
		}
		g.decide(o, update, result)
		result.Status, result.Attempt = o.Status, o.Attempt
		isRelease := update.GetStatus() == ordersv1.OrderStatus_ORDER_STATUS_PENDING
		if isRelease && result.GetOutcome() == ordersv1.Outcome_OUTCOME_APPLIED {
			released = append(released, update.GetOrderId())
		}
	}
	return results, released
}

func reject(result *ordersv1.OrderStatusResult, reason ordersv1.RejectionReason) {
	result.Outcome, result.RejectionReason = ordersv1.Outcome_OUTCOME_REJECTED, reason
}

func (g *Gateway) decide(o *Order, update Update, result *ordersv1.OrderStatusResult) {
	isHolder := o.Worker == update.GetWorkerId()
	isHeld := o.Status == ordersv1.OrderStatus_ORDER_STATUS_PROCESSING
	switch {
	case update.GetStatus() == ordersv1.OrderStatus_ORDER_STATUS_PROCESSING && update.GetAttempt() == 0:
		g.claim(o, update, result)
	case update.GetAttempt() != o.Attempt:
		reject(result, ordersv1.RejectionReason_REJECTION_REASON_STALE_ATTEMPT)
	case !isHolder:
		reject(result, ordersv1.RejectionReason_REJECTION_REASON_HELD_BY_ANOTHER_WORKER)
	case !isHeld && o.last == update.GetStatus():
		result.Outcome = ordersv1.Outcome_OUTCOME_DUPLICATE
	case !isHeld:
		reject(result, ordersv1.RejectionReason_REJECTION_REASON_STALE_ATTEMPT)
	case update.GetStatus() == ordersv1.OrderStatus_ORDER_STATUS_PROCESSING:
		o.Renewals++
		result.Outcome, result.LeaseMs = ordersv1.Outcome_OUTCOME_APPLIED, g.leaseMs()
	default:
		o.end(update)
		if o.Status == ordersv1.OrderStatus_ORDER_STATUS_COMPLETED {
			g.completed++
		}
		result.Outcome = ordersv1.Outcome_OUTCOME_APPLIED
	}
}

func (g *Gateway) claim(o *Order, update Update, result *ordersv1.OrderStatusResult) {
	switch {
	case o.Status == ordersv1.OrderStatus_ORDER_STATUS_PENDING && !o.mayBeClaimed(update):
		reject(result, ordersv1.RejectionReason_REJECTION_REASON_HOLD_LIMITED)
		result.HoldLimit = o.HoldLimit
		return
	case o.Status == ordersv1.OrderStatus_ORDER_STATUS_PENDING:
		o.Status, o.Worker = ordersv1.OrderStatus_ORDER_STATUS_PROCESSING, update.GetWorkerId()
		o.Attempt++
		result.Outcome = ordersv1.Outcome_OUTCOME_APPLIED
	case o.Status == ordersv1.OrderStatus_ORDER_STATUS_PROCESSING && o.Worker == update.GetWorkerId():
		result.Outcome = ordersv1.Outcome_OUTCOME_DUPLICATE
	case o.Status == ordersv1.OrderStatus_ORDER_STATUS_PROCESSING:
		reject(result, ordersv1.RejectionReason_REJECTION_REASON_HELD_BY_ANOTHER_WORKER)
		return
	default:
		reject(result, ordersv1.RejectionReason_REJECTION_REASON_ILLEGAL_TRANSITION)
		return
	}
	result.LeaseMs = g.leaseMs()
	result.Order = &ordersv1.Order{
		Id: update.GetOrderId(), Item: "Laptop", Quantity: 2, PriceCents: 129999, CreatedAtUnixMs: time.Now().UnixMilli(),
	}
}

func (o *Order) mayBeClaimed(claim Update) bool {
	return o.HoldLimit == 0 || (claim.GetHoldLimit() > 0 && claim.GetHoldLimit() <= o.HoldLimit)
}

func (o *Order) end(update Update) {
	o.Status, o.last = update.GetStatus(), update.GetStatus()
	switch update.GetStatus() {
	case ordersv1.OrderStatus_ORDER_STATUS_COMPLETED:
		o.Completions++
	case ordersv1.OrderStatus_ORDER_STATUS_FAILED:
		o.Failures++
		o.Reason, o.Retryable = update.GetReason(), update.GetRetryable()
	default:
		o.Releases++
	}
}

func (g *Gateway) leaseMs() uint32 {
	return uint32(g.lease.Milliseconds())
}
