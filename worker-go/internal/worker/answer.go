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
		case !result.OK():
			w.Log.Warn("a report came too late, its effect does not count", "report", update.Kind.String(),
				"orderId", update.OrderID, "attempt", update.Attempt, "reason", result.Reason)
		}
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
	case !result.OK() || result.Order == nil:
		w.Log.Debug("the claim was rejected", "orderId", claim.OrderID, "reason", result.Reason)
		w.table.Cancel(claim.OrderID)
	case w.isStopping.Load():
		// No work begins that would hardly end: the order goes back into the queue at once, for whoever is there. Claiming
		// it first is what makes that quick, as a delivered entry that nobody claims is missed only after some seconds.
		w.outbox.Add(order.Update{OrderID: claim.OrderID, Kind: order.Release, Attempt: result.Order.Attempt})
		w.table.Cancel(claim.OrderID)
	default:
		hold := w.table.Begin(*result.Order, sent, result.Lease, w.Now())
		if hold == nil {
			w.Log.Warn("the claim was answered after its lease was over", "orderId", claim.OrderID, "attempt", result.Order.Attempt)
			w.table.Cancel(claim.OrderID)
			return
		}
		go w.attempt(hold) // its slot is its owner: drain waits until all are free
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
