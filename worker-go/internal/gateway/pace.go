package gateway

import (
	"errors"
	"log/slog"
	"math/bits"
	"time"

	"orders/worker/internal/backoff"
	"orders/worker/internal/link"
	"orders/worker/internal/order"
)

// Pace decides how soon what failed is tried again, and tells of it: a gateway that is away is logged once, what it
// refuses more often, as that needs somebody to look.
type Pace struct {
	// Link is told whether the gateway can be reached.
	Link *link.Link
	// Log gets what the gateway refuses.
	Log *slog.Logger
	// WhileAway paces the tries while the gateway cannot be reached.
	WhileAway backoff.Policy
	// WhileRefused paces the tries of what the gateway refused.
	WhileRefused backoff.Policy
}

// Failed returns the wait after so many failed calls in a row, counted from 1.
func (p *Pace) Failed(err error, failures int) time.Duration {
	if errors.Is(err, ErrNotServed) {
		wait := p.WhileRefused.Delay(failures)
		p.Log.Error("trying again", "error", err, "inMs", wait.Milliseconds())
		return wait
	}
	p.Link.Down(err)
	return p.WhileAway.Delay(failures)
}

// Refused returns the wait after an update was refused by itself so many times in a row, counted from 1. It logs the 1st,
// 2nd, 4th, 8th time and so on: there may be thousands of them.
func (p *Pace) Refused(err error, update order.Update, refusals int) time.Duration {
	wait := p.WhileRefused.Delay(refusals)
	if bits.OnesCount(uint(refusals)) == 1 {
		p.Log.Error("the gateway refuses an update, trying it again", "update", update.Kind.String(), "orderId", update.OrderID,
			"attempt", update.Attempt, "refusals", refusals, "error", err, "inMs", wait.Milliseconds())
	}
	return wait
}

// Succeeded notes that the gateway answered.
func (p *Pace) Succeeded() {
	p.Link.Up()
}
