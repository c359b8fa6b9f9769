package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"orders/worker/internal/queue"
)

// deliveries is what is read from the stream.
type deliveries struct {
	wait     prometheus.Histogram
	batch    prometheus.Histogram
	repeated prometheus.Counter
}

func newDeliveries() deliveries {
	return deliveries{
		wait: prometheus.NewHistogram(histogramOpts("queue_wait_seconds", "Age of an entry of the stream at its delivery: "+
			"this worker's clock minus the clock of Redis that its id was made by, never below 0.", waitSeconds)),
		batch: prometheus.NewHistogram(histogramOpts("read_batch_size",
			"Entries that one read of the stream brought, of the reads that brought any.", batchSizes)),
		repeated: counter("entries_repeated_total", "Entries dropped because this worker was claiming or holding their order already."),
	}
}

func (d *deliveries) all() []prometheus.Collector {
	return []prometheus.Collector{d.wait, d.batch, d.repeated}
}

// Read notes what one read brought.
func (d *deliveries) Read(entries []queue.Entry, now time.Time) {
	if len(entries) == 0 {
		return
	}
	d.batch.Observe(float64(len(entries)))
	for i := range entries {
		d.wait.Observe(max(0, now.Sub(entries[i].EnqueuedAt).Seconds()))
	}
}

// Repeated notes entries of orders that are claimed or held already.
func (d *deliveries) Repeated(entries int) {
	d.repeated.Add(float64(entries))
}
