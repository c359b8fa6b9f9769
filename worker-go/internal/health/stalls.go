package health

import (
	"fmt"
	"time"

	"orders/worker/internal/stall"
)

const (
	// scanLimit is when a loop that turns ten times a second counts as hanging.
	scanLimit = 10 * time.Second
	// stallLimit is when anything else does. While all is well a read ends within a second; when Redis or the gateway does
	// not answer, a read with the wait after it ends within about 8 s, and a call with the wait after it within 10 s.
	stallLimit = 15 * time.Second
)

// stalls is for how long each part of the worker has not got on.
type stalls struct {
	scan time.Duration
	stall.Durations
}

// live is what restarting the process would mend, by the name of the part.
func (s stalls) live() map[string]string {
	return map[string]string{
		"leases":  verdict(s.scan, scanLimit, "have not been looked after"),
		"reading": verdict(s.Reading, stallLimit, "hangs although orders could be taken"),
		"sending": verdict(s.Sending, stallLimit, "hangs although updates wait"),
		"slots":   verdict(s.Slots, stallLimit, "are all taken by work that does not end although it was cancelled"),
	}
}

// ready is live, and what keeps the worker from getting on although it does its part.
func (s stalls) ready() map[string]string {
	results := s.live()
	results["answers"] = verdict(s.Answers, stallLimit, "of the gateway do not come although updates wait")
	return results
}

func verdict(lasting, limit time.Duration, deed string) string {
	if lasting <= limit {
		return available
	}
	return fmt.Sprintf("%s, for %v", deed, lasting.Round(time.Second))
}
