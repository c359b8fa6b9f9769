package metrics

// The bounds of the histograms' buckets. Each bucket is a time series in Prometheus, so there are as many as tell what an
// operator asks for.
var (
	// callSeconds: a batch of a thousand takes some 40 ms, and no call more than the 5 s of its time-out.
	callSeconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}
	// workSeconds: from steps that do nothing to the 60 s of PROCESS_TIMEOUT_MS, and beyond for those that set more.
	workSeconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}
	// waitSeconds: from an idle system to a backlog of hours.
	waitSeconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200}
	// batchSizes: a read and a call hold up to 1,000.
	batchSizes = []float64{1, 2, 5, 10, 25, 50, 100, 250, 500, 750, 1000}
)
