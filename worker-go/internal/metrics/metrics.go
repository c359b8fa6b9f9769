// Package metrics counts and times what the worker does, for Prometheus. An order costs it some hundred nanoseconds and no
// memory: see its benchmark.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	namespace = "orders_worker"
	// maxScrapes is how many scrapes are answered at once: more of them are a mistake, and answered 503.
	maxScrapes    = 4
	scrapeTimeout = 10 * time.Second
)

// Metrics is what is known of one worker. Its methods may be called by many goroutines.
type Metrics struct {
	registry *prometheus.Registry
	deliveries
	calls
	claims
	attempts
	leases
	steps
}

// New returns the metrics of a worker that has done nothing yet.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(), deliveries: newDeliveries(), calls: newCalls(), claims: newClaims(),
		attempts: newAttempts(), leases: newLeases(), steps: newSteps(),
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(m.deliveries.all()...)
	m.registry.MustRegister(m.calls.all()...)
	m.registry.MustRegister(m.claims.all, m.attempts.all, m.attempts.duration, m.leases.renewals, m.leases.lost, m.steps.all)
	return m
}

// Handler answers GET /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		Registry: m.registry, MaxRequestsInFlight: maxScrapes, Timeout: scrapeTimeout,
	})
}

// counter is a counter without labels.
func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
}

// counters are counters that are told apart by labels.
func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func histogramOpts(name, help string, buckets []float64) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}
}
