package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"orders/worker/internal/order"
)

// claims is how the gateway answered to claims.
type claims struct {
	all                                   *prometheus.CounterVec
	applied, duplicate, limited, rejected prometheus.Counter
}

func newClaims() claims {
	all := counters("claims_total", "Answered claims: applied, duplicate (the answer to the first try was lost), limited (lost with "+
		"its worker before, to be claimed again when there is room), rejected (another has the order, or it needs no work).", "outcome")
	return claims{
		all: all, applied: all.WithLabelValues("applied"), duplicate: all.WithLabelValues("duplicate"),
		limited: all.WithLabelValues("limited"), rejected: all.WithLabelValues("rejected"),
	}
}

func (c *claims) of(result *order.Result) prometheus.Counter {
	switch {
	case result.HoldLimit > 0:
		return c.limited
	case result.Outcome == order.Applied:
		return c.applied
	case result.Outcome == order.Duplicate:
		return c.duplicate
	default:
		return c.rejected
	}
}
