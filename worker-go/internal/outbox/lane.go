package outbox

import (
	"context"
	"errors"
	"sync"
	"time"

	"orders/worker/internal/backoff"
	"orders/worker/internal/order"
)

// maxCallTimeout bounds one call.
const maxCallTimeout = 5 * time.Second

// ErrRefused marks an error of a Sender which says that the receiver was reached and refused these updates, so that
// sending the same ones again soon will hardly help.
var ErrRefused = errors.New("the updates were refused")

// Sender applies updates.
type Sender interface {
	// Send returns one result for each update. After an error any of them may be sent again. An error that is an
	// ErrRefused may be the fault of a single one of the updates.
	Send(ctx context.Context, updates []order.Update) ([]order.Result, error)
}

// Pace tells how long to wait before updates that were not answered are sent again, and learns of every call.
type Pace interface {
	// Failed returns the wait after so many failed calls in a row, counted from 1.
	Failed(err error, failures int) time.Duration
	// Refused returns the wait after an update was refused by itself so many times in a row, counted from 1.
	Refused(err error, update order.Update, refusals int) time.Duration
	// Succeeded notes that a call was answered.
	Succeeded()
}

// Run sends what is added, until the outbox is closed and all of it is answered, or ctx is done.
func (o *Outbox) Run(ctx context.Context) {
	stop := context.AfterFunc(ctx, o.Close)
	defer stop()
	var wait sync.WaitGroup
	for i := range o.lanes {
		wait.Go(func() { o.run(ctx, &o.lanes[i]) })
	}
	wait.Wait()
}

// run is a lane: it has at most one call under way.
func (o *Outbox) run(ctx context.Context, lane *Progress) {
	for batch, refusals := o.take(ctx, lane); len(batch) > 0; batch, refusals = o.take(ctx, lane) {
		o.deliver(ctx, lane, batch, refusals)
	}
}

// deliver sends the batch, which was refused so many times before, until it is answered or refused. Renewals are tried
// once: if it still matters, there will be another.
func (o *Outbox) deliver(ctx context.Context, lane *Progress, batch []order.Update, refusals int) {
	for failures := 0; ; {
		sent := o.now()
		batch = o.dropRenewals(batch, func(renewal *order.Update) bool {
			return failures+refusals > 0 || !sent.Before(renewal.Expires)
		})
		if len(batch) == 0 {
			return
		}
		results, err := o.send(ctx, batch, failures)
		o.noteCall(lane, err == nil || errors.Is(err, ErrRefused))
		if err == nil {
			o.pace.Succeeded()
			o.noteLease(results)
			o.settle(batch) // first, as the receiver may add what comes next for these orders
			o.receiver.Answered(sent, batch, results)
			return
		}
		if ctx.Err() != nil {
			return // the call failed because the process ends
		}
		if errors.Is(err, ErrRefused) {
			o.part(ctx, lane, batch, refusals, err)
			return
		}
		failures++
		if backoff.Wait(ctx, o.pace.Failed(err, failures)) != nil {
			return
		}
	}
}

// part sends each half of a refused batch by itself, down to the updates for whose sake it is refused: these wait
// aside, and do not stop the others.
func (o *Outbox) part(ctx context.Context, lane *Progress, batch []order.Update, refusals int, err error) {
	if half := len(batch) / 2; half > 0 {
		o.deliver(ctx, lane, batch[:half], 0)
		o.deliver(ctx, lane, batch[half:], 0)
		return
	}
	refusals++
	o.setAside(batch[0], refusals, o.pace.Refused(err, batch[0], refusals))
}

func (o *Outbox) send(ctx context.Context, batch []order.Update, failures int) ([]order.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, o.callTimeout(failures))
	defer cancel()
	results, err := o.sender.Send(ctx, batch)
	if err == nil && len(results) != len(batch) {
		return nil, errors.New("the number of results is not the number of updates")
	}
	return results, err
}

// callTimeout is half of a lease, so that an unanswered claim or renewal can be tried again in time. It doubles with each
// failure, as a gateway that is only slow would else never get to answer.
func (o *Outbox) callTimeout(failures int) time.Duration {
	timeout := time.Duration(o.lease.Load()) / 2
	for ; failures > 0 && timeout < maxCallTimeout; failures-- {
		timeout *= 2
	}
	return min(timeout, maxCallTimeout)
}

// noteLease keeps the length of the leases that the gateway gives.
func (o *Outbox) noteLease(results []order.Result) {
	for i := range results {
		if results[i].Lease > 0 {
			o.lease.Store(int64(results[i].Lease))
			return
		}
	}
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
