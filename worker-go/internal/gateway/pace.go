package gateway

import (
	"errors"
	"log/slog"
	"time"

	"orders/worker/internal/backoff"
	"orders/worker/internal/link"
)

// Pace decides how soon a failed call is tried again, and tells of it: a gateway that is away is logged once, a call that
// it refused each time, as that needs somebody to look.
type Pace struct {
	// Link is told whether the gateway can be reached.
	Link *link.Link
	// Log gets the refused calls.
	Log *slog.Logger
	// Away paces the tries while the gateway cannot be reached.
	Away backoff.Policy
	// Refused paces the tries of a call that the gateway refused.
	Refused backoff.Policy
}

// Failed returns the wait after so many failed calls in a row, counted from 1.
func (p *Pace) Failed(err error, failures int) time.Duration {
	if errors.Is(err, ErrRefused) {
		wait := p.Refused.Delay(failures)
		p.Log.Error("the gateway refuses a batch of updates, trying it again", "error", err, "inMs", wait.Milliseconds())
		return wait
	}
	p.Link.Down(err)
	return p.Away.Delay(failures)
}

// Succeeded notes that the gateway answered.
func (p *Pace) Succeeded() {
	p.Link.Up()
}
