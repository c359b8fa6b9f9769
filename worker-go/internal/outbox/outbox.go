// Package outbox carries updates to the gateway in batches made by waiting, not by timers (D5): what has gathered while
// the calls before were under way goes out as one call, and a lone update goes at once.
package outbox

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"orders/worker/internal/order"
)

const (
	// maxBatch bounds one call. Batches of about a thousand are the fastest that MySQL applies (measured, D5).
	maxBatch = 1000
	// Lanes is how many calls are under way at once: while the gateway works on one, the other travels.
	Lanes = 2
)

// Outbox is the queue of updates. It never has two calls under way that both hold an update of the same order, and sends
// the updates of one order in the order in which they were added.
type Outbox struct {
	sender   Sender
	receiver Receiver
	pace     Pace
	now      func() time.Time
	lease    atomic.Int64 // how long the leases are that were given last, in nanoseconds

	mu       sync.Mutex
	ready    sync.Cond // an update was added, an order is no longer busy, or the outbox was closed
	queue    []order.Update
	busy     map[string]struct{} // the orders in calls under way or set aside
	aside    int                 // updates set aside, the ones to send again included
	again    []refused           // updates that were set aside for long enough
	closed   bool
	reports  int // reports in queue or in calls under way
	lanes    [Lanes]Progress
	progress chan struct{} // has room for one signal: there may be fewer reports
}

// refused is an update that was refused by itself.
type refused struct {
	update   order.Update
	refusals int // in a row
}

// Receiver learns what became of the updates. It is called by one lane at a time for each order; what it does delays the
// next call.
type Receiver interface {
	// Answered gets the result of each update. Sent is a time just before they were sent.
	Answered(sent time.Time, updates []order.Update, results []order.Result)
	// Unanswered gets the renewals that are not tried again.
	Unanswered(renewals []order.Update)
}

// New returns an outbox which sends by sender, at the given pace after failures, and tells receiver of the answers.
func New(sender Sender, receiver Receiver, pace Pace, now func() time.Time) *Outbox {
	o := &Outbox{
		sender: sender, receiver: receiver, pace: pace, now: now,
		busy: make(map[string]struct{}), progress: make(chan struct{}, 1),
	}
	o.ready.L = &o.mu
	o.lease.Store(int64(2 * maxCallTimeout))
	return o
}

// Add puts updates into the outbox. It does not wait.
func (o *Outbox) Add(updates ...order.Update) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = append(o.queue, updates...)
	for i := range updates {
		o.count(&updates[i], 1)
	}
	o.ready.Signal()
}

// count keeps the number of reports that are not answered.
func (o *Outbox) count(update *order.Update, by int) {
	if update.Kind.IsReport() {
		o.reports += by
	}
}

// Reports returns how many reports wait to be sent or answered.
func (o *Outbox) Reports() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.reports
}

// Progress is how the sending gets on, as a whole or by one lane.
type Progress struct {
	// IsWaiting tells whether an update waits to be sent or answered, other than those that are set aside for a while. By one
	// lane it does for as long as the lane has updates in hand.
	IsWaiting bool
	// Calls counts the calls that have ended, Answers those of them that were answered, be it by a refusal.
	Calls, Answers uint64
}

// Progress returns how the sending gets on as a whole, and how each lane does: one may hang while the others get on.
func (o *Outbox) Progress() (whole Progress, lanes [Lanes]Progress) {
	o.mu.Lock()
	defer o.mu.Unlock()
	whole.IsWaiting = len(o.queue)+len(o.again) > 0 || len(o.busy) > o.aside
	for _, lane := range o.lanes {
		whole.Calls += lane.Calls
		whole.Answers += lane.Answers
	}
	return whole, o.lanes
}

// noteCall counts a call of the lane that has ended.
func (o *Outbox) noteCall(lane *Progress, isAnswered bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	lane.Calls++
	if isAnswered {
		lane.Answers++
	}
}

// AwaitRoom waits until fewer than maxReports reports wait to be answered, or ctx is done: so a gateway that is away stops
// the reading. Only one goroutine may call it.
func (o *Outbox) AwaitRoom(ctx context.Context, maxReports int) error {
	for o.Reports() >= maxReports {
		select {
		case <-o.progress:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close ends Run as soon as all that was added is answered.
func (o *Outbox) Close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.ready.Broadcast()
}

// take waits for updates that may be sent and takes them as a batch into the lane's hands, and tells how often it was
// refused before: only an update that goes by itself was. It returns none once the outbox is closed and empty, or ctx is
// done.
func (o *Outbox) take(ctx context.Context, lane *Progress) (batch []order.Update, refusals int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	lane.IsWaiting = false
	defer func() { lane.IsWaiting = len(batch) > 0 }()
	for ctx.Err() == nil {
		if len(o.again) > 0 {
			next := o.again[0]
			o.again = o.again[1:]
			o.aside--
			return []order.Update{next.update}, next.refusals
		}
		o.gather()
		if batch := o.pick(); len(batch) > 0 {
			if len(o.queue) > 0 {
				o.ready.Signal() // the other lane may be idle
			}
			return batch, 0
		}
		if o.closed && len(o.queue) == 0 && o.aside == 0 {
			return nil, 0
		}
		o.ready.Wait()
	}
	return nil, 0
}

// setAside has an update sent again, by itself, after the wait. Its order stays busy meanwhile.
func (o *Outbox) setAside(update order.Update, refusals int, wait time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.aside++
	time.AfterFunc(wait, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.again = append(o.again, refused{update, refusals})
		o.ready.Signal()
	})
}

// gather lets whoever is about to add updates do so first, for as long as each yield of the processor brings some: a
// thousand orders that end together are one batch, not one and the rest.
func (o *Outbox) gather() {
	for before := 0; before < len(o.queue) && len(o.queue) < maxBatch; {
		before = len(o.queue)
		o.mu.Unlock()
		runtime.Gosched()
		o.mu.Lock()
	}
}

// pick takes the first updates of the queue whose orders are in no call under way, and marks their orders busy. The
// others stay where they are.
func (o *Outbox) pick() []order.Update {
	batch := make([]order.Update, 0, min(len(o.queue), maxBatch))
	passed, scanned := o.queue[:0:0], 0
	for ; scanned < len(o.queue) && len(batch) < maxBatch; scanned++ {
		update := o.queue[scanned]
		if _, busy := o.busy[update.OrderID]; busy {
			passed = append(passed, update)
			continue
		}
		o.busy[update.OrderID] = struct{}{}
		batch = append(batch, update)
	}
	rest := scanned - len(passed)
	copy(o.queue[rest:], passed)
	clear(o.queue[:rest]) // lets go of the strings
	o.queue = o.queue[rest:]
	return batch
}

// settle ends the call of these updates: their orders may be in the next.
func (o *Outbox) settle(updates []order.Update) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range updates {
		delete(o.busy, updates[i].OrderID)
		o.count(&updates[i], -1)
	}
	o.ready.Broadcast()
	select {
	case o.progress <- struct{}{}:
	default:
	}
}
