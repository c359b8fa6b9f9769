package tracing

import (
	"context"
	"sync"
	"time"

	"orders/worker/internal/order"
)

// attempt is what is noted of one attempt until its spans are made, when it is over: only the answered claim tells its
// number, of which the spans' ids are made.
type attempt struct {
	orderID string
	number  uint32

	delivered, claimSent, claimAnswered time.Time
	claimBatch                          int

	mu    sync.Mutex // the work may still go on while the end of the attempt is noted
	steps []stepRun

	// Of the report; none when the lease was lost.
	report                     order.Update
	reportSent, reportAnswered time.Time
	reportBatch                int
	// problem is why the attempt did not go well, empty when it did.
	problem string
	ended   time.Time
}

// stepRun is how a step of the work went.
type stepRun struct {
	name       string
	begin, end time.Time
	err        error
}

// hasReport tells whether the attempt ended with a report that was answered.
func (a *attempt) hasReport() bool {
	return a.report.Kind.IsReport()
}

// runs is what is known of the steps by now.
func (a *attempt) runs() []stepRun {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.steps
}

// spans is how many spans the attempt has.
func (a *attempt) spans() int64 {
	count := int64(len(a.runs())) + 2 // itself and its claim
	if a.hasReport() {
		count++
	}
	return count
}

type attemptKey struct{}

// StepEnded notes a step of the attempt whose work the context is of, if that is traced.
func StepEnded(ctx context.Context, step string, begin, end time.Time, err error) {
	a, isTraced := ctx.Value(attemptKey{}).(*attempt)
	if !isTraced {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.steps = append(a.steps, stepRun{step, begin, end, err})
}
