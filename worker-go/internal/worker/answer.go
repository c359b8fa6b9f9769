package worker

import (
	"time"

	"orders/worker/internal/order"
)

// Answered acts on what the gateway answered to a batch of updates. It implements outbox.Receiver.
func (w *Worker) Answered(sent time.Time, updates []order.Update, results []order.Result) {
	w.Metrics.Answered(updates, results)
	batch := call{sent: sent, answered: w.Now(), size: len(updates)}
	for i := range updates {
		update, result := &updates[i], &results[i]
		switch {
		case update.Kind == order.Claim:
			w.claimAnswered(batch, update, result)
		case update.Kind == order.Renew:
			w.renewalAnswered(batch, update, result)
		default:
			w.reportAnswered(batch, update, result)
		}
	}
}

// call is what is known of the call in which an update was answered.
type call struct {
	sent, answered time.Time
	size           int
}

func (w *Worker) reportAnswered(batch call, report *order.Update, result *order.Result) {
	w.Tracer.Reported(report, result, batch.sent, batch.answered, batch.size)
	w.add(w.table.Reported(*report))
	if !result.OK() {
		w.Log.Warn("a report came too late, its effect does not count", "report", report.Kind.String(),
			"orderId", report.OrderID, "attempt", report.Attempt, "reason", result.Reason)
	}
}

// Unanswered lets renewals be tried again. It implements outbox.Receiver.
func (w *Worker) Unanswered(renewals []order.Update) {
	w.Metrics.Unanswered(len(renewals))
	for _, renewal := range renewals {
		w.table.RenewalUnanswered(renewal)
	}
}

func (w *Worker) claimAnswered(batch call, claim *order.Update, result *order.Result) {
	if result.OK() && result.Order != nil {
		w.Tracer.Claimed(result.Order, batch.sent, batch.answered, batch.size)
	}
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
		hold := w.table.Begin(*result.Order, batch.sent, result.Lease, batch.answered)
		if hold == nil {
			const why = "the claim was answered after its lease was over"
			w.Log.Warn(why, "orderId", claim.OrderID, "attempt", result.Order.Attempt)
			w.Metrics.Late()
			w.Tracer.Lost(claim.OrderID, result.Order.Attempt, why, batch.answered)
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
		w.Tracer.Forget(id)
		w.Log.Debug("there is no room to wait, the order is let go", "orderId", id)
	}
}

// cancel ends what began with the claim of an order that leads to no work.
func (w *Worker) cancel(orderID string) {
	w.Tracer.Forget(orderID)
	w.add(w.table.Cancel(orderID))
}

// add puts updates into the outbox, of which there are none most of the time.
func (w *Worker) add(updates []order.Update) {
	if len(updates) > 0 {
		w.outbox.Add(updates...)
	}
}

func (w *Worker) renewalAnswered(batch call, renewal *order.Update, result *order.Result) {
	if result.OK() {
		w.table.Renewed(*renewal, batch.sent, result.Lease)
		return
	}
	if w.table.RenewalRejected(*renewal) {
		const what = "the lease was taken back, its work is cancelled"
		w.Log.Warn(what, "orderId", renewal.OrderID, "attempt", renewal.Attempt, "reason", result.Reason)
		w.Metrics.TakenBack()
		w.Tracer.Lost(renewal.OrderID, renewal.Attempt, what+": "+result.Reason, batch.answered)
	}
}
