package worker

import (
	"time"

	"orders/worker/internal/order"
)

// Answered acts on what the gateway answered to a batch of updates. It implements outbox.Receiver.
func (w *Worker) Answered(sent time.Time, updates []order.Update, results []order.Result) {
	for i := range updates {
		update, result := &updates[i], &results[i]
		switch {
		case update.Kind == order.Claim:
			w.claimAnswered(sent, update, result)
		case update.Kind == order.Renew:
			w.renewalAnswered(sent, update, result)
		default:
			w.reportAnswered(update, result)
		}
	}
}

func (w *Worker) reportAnswered(report *order.Update, result *order.Result) {
	w.add(w.table.Reported(*report))
	if !result.OK() {
		w.Log.Warn("a report came too late, its effect does not count", "report", report.Kind.String(),
			"orderId", report.OrderID, "attempt", report.Attempt, "reason", result.Reason)
	}
}

// Unanswered lets renewals be tried again. It implements outbox.Receiver.
func (w *Worker) Unanswered(renewals []order.Update) {
	for _, renewal := range renewals {
		w.table.RenewalUnanswered(renewal)
	}
}

func (w *Worker) claimAnswered(sent time.Time, claim *order.Update, result *order.Result) {
	switch {
	case result.HoldLimit > 0:
		w.claimLimited(claim.OrderID, result.HoldLimit)
	case !result.OK() || result.Order == nil:
		w.Log.Debug("the claim was rejected", "orderId", claim.OrderID, "reason", result.Reason)
		w.cancel(claim.OrderID)
	case w.isStopping.Load():
		// No work begins that would hardly end: the order goes back into the queue at once, for whoever is there. Claiming
		// it first is what makes that quick, as a delivered entry that nobody claims is missed only after some seconds.
		w.outbox.Add(order.Update{OrderID: claim.OrderID, Kind: order.Release, Attempt: result.Order.Attempt})
		w.cancel(claim.OrderID)
	default:
		hold := w.table.Begin(*result.Order, sent, result.Lease, w.Now())
		if hold == nil {
			w.Log.Warn("the claim was answered after its lease was over", "orderId", claim.OrderID, "attempt", result.Order.Attempt)
			w.cancel(claim.OrderID)
			return
		}
		go w.attempt(hold) // its slot is its owner: drain waits until all are free
	}
}

// claimLimited claims an order that was lost with its worker before, as soon as there is room for it. What is let go is
// pending and in nobody's hands: the gateway has it enqueued again after some seconds.
func (w *Worker) claimLimited(orderID string, limit uint32) {
	claims, letGo := w.table.Limit(orderID, limit)
	w.add(claims)
	for _, id := range letGo {
		w.Log.Debug("there is no room to wait, the order is let go", "orderId", id)
	}
}

// cancel ends what began with the claim of an order that leads to no work.
func (w *Worker) cancel(orderID string) {
	w.add(w.table.Cancel(orderID))
}

// add puts updates into the outbox, of which there are none most of the time.
func (w *Worker) add(updates []order.Update) {
	if len(updates) > 0 {
		w.outbox.Add(updates...)
	}
}

func (w *Worker) renewalAnswered(sent time.Time, renewal *order.Update, result *order.Result) {
	if result.OK() {
		w.table.Renewed(*renewal, sent, result.Lease)
		return
	}
	if w.table.RenewalRejected(*renewal) {
		w.Log.Warn("the lease was taken back, its work is cancelled",
			"orderId", renewal.OrderID, "attempt", renewal.Attempt, "reason", result.Reason)
	}
}
