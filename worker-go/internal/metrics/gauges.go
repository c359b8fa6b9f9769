package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"orders/worker/internal/stall"
)

// Sources is what is looked at when the metrics are asked for. Each is called by several goroutines and must not wait.
type Sources struct {
	// WorkerID names this start of the worker.
	WorkerID string
	// Slots is how many orders may be claimed or held at once.
	Slots int
	// Held is how many are.
	Held func() int
	// ReportsWaiting is how many reports wait to be sent or answered.
	ReportsWaiting func() int
	// LastScan is when the leases were last looked after.
	LastScan func() time.Time
	// Stalls is for how long each part of the worker has not got on although there was something to do.
	Stalls func() stall.Durations
	// DeadLetters is how many entries were met that name no order.
	DeadLetters func() int64
	// Redis and Gateway return why these cannot be reached, or nil.
	Redis, Gateway func() error
	// SpansExported and SpansDropped are how many spans the collector of traces took, and how many it never got.
	SpansExported, SpansDropped func() int64
}

// Watch adds what is looked at when the metrics are asked for. It is called once.
func (m *Metrics) Watch(s Sources) {
	info := gauge("info", "1, with this start of the worker as a label: the worker of an order's history.",
		prometheus.Labels{"worker": s.WorkerID}, func() float64 { return 1 })
	m.registry.MustRegister(info,
		gauge("slots", "Orders that may be claimed or held at once (WORKER_CONCURRENCY).", nil, func() float64 { return float64(s.Slots) }),
		gauge("held", "Orders that are being claimed or held.", nil, func() float64 { return float64(s.Held()) }),
		gauge("reports_waiting", "Reports that wait to be sent or answered.", nil, func() float64 { return float64(s.ReportsWaiting()) }),
		gauge("last_lease_scan_timestamp_seconds", "When the leases were last looked after, as Unix time.", nil,
			func() float64 { return float64(s.LastScan().UnixMilli()) / 1000 }),
		gauge("redis_up", "Whether Redis answered lately.", nil, func() float64 { return up(s.Redis()) }),
		gauge("gateway_up", "Whether a gateway answered lately, or is connected while nothing has to be sent.", nil,
			func() float64 { return up(s.Gateway()) }),
		sum("dead_entries_total", "Entries of the stream that name no order. They are kept in orders:dead.", s.DeadLetters),
		sum("spans_exported_total", "Spans that the collector of traces took.", s.SpansExported),
		sum("spans_dropped_total", "Spans that the collector of traces never got: it was away, slow, or refused them.", s.SpansDropped),
	)
	m.watchStalls(s.Stalls)
}

func (m *Metrics) watchStalls(stalls func() stall.Durations) {
	for part, lasting := range map[string]func(stall.Durations) time.Duration{
		"reading": func(d stall.Durations) time.Duration { return d.Reading },
		"sending": func(d stall.Durations) time.Duration { return d.Sending },
		"answers": func(d stall.Durations) time.Duration { return d.Answers },
		"slots":   func(d stall.Durations) time.Duration { return d.Slots },
	} {
		m.registry.MustRegister(gauge("stalled_seconds", "For how long a part has not got on although there was something to do, "+
			"as GET /readyz tells it.", prometheus.Labels{"part": part}, func() float64 { return lasting(stalls()).Seconds() }))
	}
}

func gauge(name, help string, labels prometheus.Labels, value func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, value)
}

// sum is a counter that something else counts.
func sum(name, help string, value func() int64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help},
		func() float64 { return float64(value()) })
}

func up(err error) float64 {
	if err != nil {
		return 0
	}
	return 1
}
