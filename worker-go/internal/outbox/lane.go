package outbox

import (
	"context"
	"errors"
	"sync"
	"time"

	"orders/worker/internal/backoff"
	"orders/worker/internal/order"
)

// callTimeout bounds one call. It is below a lease, so that an unanswered claim or renewal can be tried again in time.
const callTimeout = 5 * time.Second

// Sender applies updates.
type Sender interface {
	// Send returns one result for each update. After an error any of them may be sent again.
	Send(ctx context.Context, updates []order.Update) ([]order.Result, error)
}

// Pace tells how long to wait before updates that were not answered are sent again, and learns of every call.
type Pace interface {
	// Failed returns the wait after so many failed calls in a row, counted from 1.
	Failed(err error, failures int) time.Duration
	// Succeeded notes that a call was answered.
	Succeeded()
}

// Run sends what is added, until the outbox is closed and all of it is answered, or ctx is done.
func (o *Outbox) Run(ctx context.Context) {
	stop := context.AfterFunc(ctx, o.Close)
	defer stop()
	var wait sync.WaitGroup
	for range lanes {
		wait.Go(func() { o.run(ctx) })
	}
	wait.Wait()
}

// run is a lane: it has at most one call under way.
func (o *Outbox) run(ctx context.Context) {
	for batch := o.take(ctx); len(batch) > 0; batch = o.take(ctx) {
		o.deliver(ctx, batch)
	}
}

// deliver sends the batch until it is answered. Renewals are tried once: if it still matters, there will be another.
func (o *Outbox) deliver(ctx context.Context, batch []order.Update) {
	for failures := 0; ; {
		sent := o.now()
		batch = o.dropRenewals(batch, func(renewal *order.Update) bool {
			return failures > 0 || !sent.Before(renewal.Expires)
		})
		if len(batch) == 0 {
			return
		}
		results, err := o.send(ctx, batch)
		if err == nil {
			o.pace.Succeeded()
			o.settle(batch) // first, as the receiver may add what comes next for these orders
			o.receiver.Answered(sent, batch, results)
			return
		}
		if ctx.Err() != nil {
			return // the call failed because the process ends
		}
		failures++
		if backoff.Wait(ctx, o.pace.Failed(err, failures)) != nil {
			return
		}
	}
}

func (o *Outbox) send(ctx context.Context, batch []order.Update) ([]order.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	results, err := o.sender.Send(ctx, batch)
	if err == nil && len(results) != len(batch) {
		return nil, errors.New("the number of results is not the number of updates")
	}
	return results, err
}

// dropRenewals returns the batch without the renewals that are no longer wanted.
func (o *Outbox) dropRenewals(batch []order.Update, isUnwanted func(*order.Update) bool) []order.Update {
	var kept, dropped []order.Update
	for i := range batch {
		if batch[i].Kind == order.Renew && isUnwanted(&batch[i]) {
			dropped = append(dropped, batch[i])
		}
	}
	if len(dropped) == 0 {
		return batch
	}
	for i := range batch {
		if batch[i].Kind != order.Renew || !isUnwanted(&batch[i]) {
			kept = append(kept, batch[i])
		}
	}
	o.settle(dropped)
	o.receiver.Unanswered(dropped)
	return kept
}
