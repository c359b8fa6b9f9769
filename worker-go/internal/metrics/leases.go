package metrics

import "github.com/prometheus/client_golang/prometheus"

// leases is what became of the leases of long work.
type leases struct {
	renewals                     *prometheus.CounterVec
	renewed, refused, unanswered prometheus.Counter
	lost                         *prometheus.CounterVec
	expired, takenBack, late     prometheus.Counter
}

func newLeases() leases {
	renewals := counters("renewals_total", "Renewals of leases: renewed, rejected (the lease is another's or the order is at its end), "+
		"unanswered (they are not sent again by themselves).", "outcome")
	lost := counters("leases_lost_total", "Leases that were over before the work was: expired, taken_back (the gateway rejected the "+
		"renewal), late (the claim was answered after its lease was over).", "reason")
	return leases{
		renewals: renewals, renewed: renewals.WithLabelValues("renewed"), refused: renewals.WithLabelValues("rejected"),
		unanswered: renewals.WithLabelValues("unanswered"),
		lost:       lost, expired: lost.WithLabelValues("expired"), takenBack: lost.WithLabelValues("taken_back"),
		late: lost.WithLabelValues("late"),
	}
}

// Unanswered notes renewals that are not tried again.
func (l *leases) Unanswered(renewals int) { l.unanswered.Add(float64(renewals)) }

// Expired notes leases that ended while the work went on.
func (l *leases) Expired(leases int) { l.expired.Add(float64(leases)) }

// TakenBack notes a lease whose renewal was rejected while the work went on.
func (l *leases) TakenBack() { l.takenBack.Inc() }

// Late notes a claim that was answered after its lease was over.
func (l *leases) Late() { l.late.Inc() }
