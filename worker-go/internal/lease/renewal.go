package lease

import (
	"time"

	"orders/worker/internal/order"
)

// ScanInterval is how often Scan should be called. One loop watches over all leases and time-outs, so an order that is
// worked on for less costs no timer.
const ScanInterval = 100 * time.Millisecond

// Scan cancels the work whose lease is over, and forgets it, and the work that has taken too long. It returns the
// updates to send: the renewals that are due, and the claims of orders that have room now. And it returns the orders
// whose lease is over.
func (t *Table) Scan(now time.Time) (updates []order.Update, over []order.Order) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.holds {
		if !h.isInWork() {
			continue
		}
		if !now.Before(h.overAt) {
			t.lose(h)
			over = append(over, h.Order)
			continue
		}
		if h.state == working && !now.Before(h.timeoutAt) {
			// Its lease is not renewed any more: work that does not heed its context is taken from this worker then.
			h.state = timedOut
			h.cancel(ErrTimedOut)
		}
		if h.state == working && !h.isRenewing && !now.Before(h.renewAt) {
			h.isRenewing = true
			renewal := h.update(order.Renew)
			renewal.Expires = h.overAt
			updates = append(updates, renewal)
		}
	}
	return append(updates, t.admit()...), over
}

func (t *Table) lose(h *Hold) {
	h.state = lost
	h.cancel(ErrLost)
	t.forget(h)
}

// Renewed notes that a renewal, sent at that time, brought a lease of that length.
func (t *Table) Renewed(renewal order.Update, sent time.Time, length time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h := t.find(renewal); h != nil {
		h.isRenewing = false
		h.extend(sent, length)
	}
}

// RenewalRejected cancels the work, as the order is no longer this worker's. It returns whether there was any.
func (t *Table) RenewalRejected(renewal order.Update) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.find(renewal)
	if h == nil {
		return false
	}
	t.lose(h)
	return true
}

// RenewalUnanswered lets the next Scan try again.
func (t *Table) RenewalUnanswered(renewal order.Update) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h := t.find(renewal); h != nil {
		h.isRenewing = false
	}
}

// find returns the work that the renewal is about, or nil when it has ended.
func (t *Table) find(renewal order.Update) *Hold {
	h, isHeld := t.holds[renewal.OrderID]
	if !isHeld || !h.isInWork() || h.Order.Attempt != renewal.Attempt {
		return nil
	}
	return h
}
