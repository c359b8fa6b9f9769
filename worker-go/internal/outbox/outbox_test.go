package outbox

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"orders/worker/internal/order"
)

// call is a call under way, which ends when the test answers it.
type call struct {
	updates []order.Update
	answer  chan error
}

// script is a Sender, a Receiver and a Pace under the control of the test.
type script struct {
	calls chan call
	lease time.Duration // in every result

	mu         sync.Mutex
	answered   []order.Update
	unanswered []order.Update
	failures   []int
	refusals   []int
}

func newScript() *script { return &script{calls: make(chan call)} }

func (s *script) Send(ctx context.Context, updates []order.Update) ([]order.Result, error) {
	c := call{slices.Clone(updates), make(chan error)}
	select {
	case s.calls <- c:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case err := <-c.answer:
		return slices.Repeat([]order.Result{{Lease: s.lease}}, len(updates)), err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *script) Answered(_ time.Time, updates []order.Update, _ []order.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered = append(s.answered, updates...)
}

func (s *script) Unanswered(renewals []order.Update) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unanswered = append(s.unanswered, renewals...)
}

func (s *script) Failed(_ error, failures int) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, failures)
	return time.Second
}

func (s *script) Refused(_ error, _ order.Update, refusals int) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals = append(s.refusals, refusals)
	return 10 * time.Second
}

func (s *script) Succeeded() {}

// outcome is what became of the updates so far.
func (s *script) outcome() (answered, unanswered []order.Update) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.answered), slices.Clone(s.unanswered)
}

// run tests f with an outbox that runs until f has returned. Time is synthetic.
func run(t *testing.T, f func(t *testing.T, s *script, o *Outbox)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newScript()
		o := New(s, s, s, time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { o.Run(ctx) })
		f(t, s, o)
		cancel()
		wg.Wait()
	})
}

func update(kind order.Kind, id int) order.Update {
	return order.Update{OrderID: fmt.Sprint(id), Kind: kind, Attempt: uint32(kind)}
}

func updates(kind order.Kind, from, to int) []order.Update {
	var list []order.Update
	for id := from; id < to; id++ {
		list = append(list, update(kind, id))
	}
	return list
}

// noCall fails the test if there is a call although everything that could make one has come to rest.
func (s *script) noCall(t *testing.T) {
	t.Helper()
	synctest.Wait()
	select {
	case c := <-s.calls:
		t.Fatalf("a call of %d updates, want none", len(c.updates))
	default:
	}
}

func TestALoneUpdateGoesAtOnce(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		begin := time.Now()
		o.Add(update(order.Claim, 1))
		c := <-s.calls
		if len(c.updates) != 1 || time.Since(begin) != 0 {
			t.Errorf("%d updates after %v", len(c.updates), time.Since(begin))
		}
		c.answer <- nil
	})
}

func TestUpdatesGatherWhileTwoCallsAreUnderWay(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		o.Add(update(order.Claim, 1))
		first := <-s.calls
		o.Add(update(order.Claim, 2))
		second := <-s.calls
		for id := 3; id < 1200; id++ {
			o.Add(update(order.Claim, id))
			if id%100 == 0 {
				s.noCall(t)
			}
		}
		first.answer <- nil
		third := <-s.calls
		if want := updates(order.Claim, 3, 1003); !reflect.DeepEqual(third.updates, want) {
			t.Errorf("the third call holds %d updates, want %d in order", len(third.updates), len(want))
		}
		s.noCall(t)
		second.answer <- nil
		fourth := <-s.calls
		if want := updates(order.Claim, 1003, 1200); !reflect.DeepEqual(fourth.updates, want) {
			t.Errorf("the fourth call holds %d updates, want %d in order", len(fourth.updates), len(want))
		}
	})
}

func TestMoreThanABatchUsesBothLanes(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		o.Add(updates(order.Claim, 0, 1500)...)
		if first, second := <-s.calls, <-s.calls; len(first.updates)+len(second.updates) != 1500 {
			t.Errorf("calls of %d and %d updates", len(first.updates), len(second.updates))
		}
	})
}

func TestAnOrderIsNeverInTwoCalls(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		renewal := update(order.Renew, 1)
		renewal.Expires = time.Now().Add(time.Hour)
		o.Add(renewal)
		first := <-s.calls
		o.Add(update(order.Complete, 1), update(order.Claim, 1), update(order.Claim, 2))
		second := <-s.calls
		if want := updates(order.Claim, 2, 3); !reflect.DeepEqual(second.updates, want) {
			t.Errorf("the second call holds %v, want %v", second.updates, want)
		}
		second.answer <- nil
		s.noCall(t)
		first.answer <- nil
		third := <-s.calls
		if want := updates(order.Complete, 1, 2); !reflect.DeepEqual(third.updates, want) {
			t.Errorf("the third call holds %v, want %v", third.updates, want)
		}
		s.noCall(t)
		third.answer <- nil
		if fourth := <-s.calls; !reflect.DeepEqual(fourth.updates, updates(order.Claim, 1, 2)) {
			t.Errorf("the fourth call holds %v", fourth.updates)
		}
	})
}

func TestTheSameUpdatesAreSentUntilAnswered(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		sent := []order.Update{update(order.Claim, 1), update(order.Complete, 2), update(order.Fail, 3), update(order.Release, 4)}
		o.Add(sent...)
		for range 5 {
			c := <-s.calls
			if !reflect.DeepEqual(c.updates, sent) {
				t.Fatalf("sent %v, want %v", c.updates, sent)
			}
			c.answer <- errors.New("away")
		}
		if reports := o.Reports(); reports != 3 {
			t.Errorf("%d reports wait, want 3", reports)
		}
		c := <-s.calls
		c.answer <- nil
		synctest.Wait()
		if !reflect.DeepEqual(s.answered, sent) {
			t.Errorf("answered %v", s.answered)
		}
		if !slices.Equal(s.failures, []int{1, 2, 3, 4, 5}) {
			t.Errorf("failures %v", s.failures)
		}
		if reports := o.Reports(); reports != 0 {
			t.Errorf("%d reports wait, want none", reports)
		}
	})
}

func TestACallThatHangsIsGivenUp(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		o.Add(update(order.Complete, 1))
		begin := time.Now()
		<-s.calls // never answered
		again := <-s.calls
		if took := time.Since(begin); took != maxCallTimeout+time.Second {
			t.Errorf("sent again after %v, want the call's time-out and the pace", took)
		}
		again.answer <- nil
	})
}

func TestAShortLeaseLeavesTimeForAnotherTry(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		s.lease = 600 * time.Millisecond
		o.Add(update(order.Claim, 1))
		(<-s.calls).answer <- nil
		synctest.Wait()
		o.Add(update(order.Claim, 2))
		<-s.calls // never answered
		last := time.Now()
		for _, timeout := range []time.Duration{300, 600, 1200, 2400, 4800, 5000, 5000} {
			<-s.calls // never answered
			if took := time.Since(last); took != timeout*time.Millisecond+time.Second {
				t.Errorf("sent again after %v, want %v ms and the pace", took, timeout)
			}
			last = time.Now()
		}
	})
}

// refuse answers all calls: those with an update of one of the orders are refused. It returns what was sent.
func (s *script) refuse(ids ...string) [][]order.Update {
	var sent [][]order.Update
	for {
		synctest.Wait()
		select {
		case c := <-s.calls:
			sent = append(sent, c.updates)
			if slices.ContainsFunc(c.updates, func(u order.Update) bool { return slices.Contains(ids, u.OrderID) }) {
				c.answer <- fmt.Errorf("%w: a bug", ErrRefused)
			} else {
				c.answer <- nil
			}
		default:
			return sent
		}
	}
}

func TestRefusedUpdatesDoNotStopTheOthers(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		begin := time.Now()
		sent := updates(order.Complete, 0, 1000)
		o.Add(sent...)
		calls := s.refuse("333", "334", "998") // more of them than there are lanes
		if len(s.answered) != 997 || time.Since(begin) != 0 || len(calls) > 3*2*10 {
			t.Fatalf("%d of 1000 were answered after %v and %d calls", len(s.answered), time.Since(begin), len(calls))
		}
		o.Add(update(order.Claim, 333), update(order.Claim, 1000))
		if calls = s.refuse(); !reflect.DeepEqual(calls, [][]order.Update{{update(order.Claim, 1000)}}) {
			t.Errorf("sent %v while a report of order 333 waits", calls)
		}
		if reports := o.Reports(); reports != 3 {
			t.Errorf("%d reports wait, want 3", reports)
		}
		time.Sleep(10 * time.Second) // synthetic
		s.refuse("333", "334", "998")
		if !slices.Equal(s.refusals, []int{1, 1, 1, 2, 2, 2}) {
			t.Errorf("refusals %v", s.refusals)
		}
		time.Sleep(10 * time.Second)
		calls = s.refuse()
		slices.SortFunc(calls, func(a, b []order.Update) int { return strings.Compare(a[0].OrderID, b[0].OrderID) })
		want := [][]order.Update{{sent[333]}, {update(order.Claim, 333)}, {sent[334]}, {sent[998]}}
		if !reflect.DeepEqual(calls, want) {
			t.Errorf("sent %v at last, want %v", calls, want)
		}
	})
}

func TestProgress(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		want := func(when string, want Progress) {
			t.Helper()
			synctest.Wait()
			if got, _ := o.Progress(); got != want {
				t.Errorf("%s: %+v, want %+v", when, got, want)
			}
		}
		want("at the beginning", Progress{})
		o.Add(update(order.Complete, 1))
		want("under way", Progress{IsWaiting: true})
		(<-s.calls).answer <- errors.New("away")
		want("in the wait after a failure", Progress{IsWaiting: true, Calls: 1})
		(<-s.calls).answer <- ErrRefused
		want("set aside", Progress{Calls: 2, Answers: 1})
		o.Add(update(order.Complete, 2))
		want("another under way", Progress{IsWaiting: true, Calls: 2, Answers: 1})
		(<-s.calls).answer <- nil
		want("another answered", Progress{Calls: 3, Answers: 2})
		(<-s.calls).answer <- nil
		want("all answered", Progress{Calls: 4, Answers: 3})
	})
}

func TestProgressOfEachLane(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		want := func(when string, one, other Progress) {
			t.Helper()
			synctest.Wait()
			_, got := o.Progress()
			if got != [Lanes]Progress{one, other} && got != [Lanes]Progress{other, one} {
				t.Errorf("%s: %+v, want %+v and %+v", when, got, one, other)
			}
		}
		want("at the beginning", Progress{}, Progress{})
		o.Add(update(order.Complete, 1))
		hanging := <-s.calls
		for id := range uint64(3) {
			want("beside the one that hangs", Progress{IsWaiting: true}, Progress{Calls: id, Answers: id})
			o.Add(update(order.Complete, 2+int(id)))
			c := <-s.calls
			want("both under way", Progress{IsWaiting: true}, Progress{IsWaiting: true, Calls: id, Answers: id})
			c.answer <- nil
		}
		hanging.answer <- errors.New("away")
		want("in the wait after a failure", Progress{IsWaiting: true, Calls: 1}, Progress{Calls: 3, Answers: 3})
		(<-s.calls).answer <- ErrRefused
		want("set aside", Progress{Calls: 2, Answers: 1}, Progress{Calls: 3, Answers: 3})
	})
}

func TestARefusedRenewalIsGivenUpAfterAWait(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		renewal := update(order.Renew, 1)
		renewal.Expires = time.Now().Add(time.Hour)
		other := renewal
		other.OrderID = "2"
		o.Add(renewal, other)
		s.refuse("1")
		if answered, unanswered := s.outcome(); !reflect.DeepEqual(answered, []order.Update{other}) || len(unanswered) > 0 {
			t.Errorf("answered %v, unanswered %v", answered, unanswered)
		}
		time.Sleep(10 * time.Second) // synthetic
		s.noCall(t)
		if _, unanswered := s.outcome(); !reflect.DeepEqual(unanswered, []order.Update{renewal}) {
			t.Errorf("unanswered %v", unanswered)
		}
	})
}

func TestCloseWaitsForRefusedUpdates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript()
		o := New(s, s, s, time.Now)
		o.Add(updates(order.Complete, 0, 3)...)
		o.Close()
		ended := make(chan struct{})
		go func() { defer close(ended); o.Run(t.Context()) }()
		s.refuse("1")
		s.noCall(t)
		time.Sleep(10 * time.Second)
		s.refuse()
		<-ended
		if len(s.answered) != 3 {
			t.Errorf("%d updates were answered, want 3", len(s.answered))
		}
	})
}

func TestRenewalsAreNotRepeated(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		renewal := update(order.Renew, 1)
		renewal.Expires = time.Now().Add(time.Hour)
		o.Add(update(order.Complete, 2), renewal, update(order.Claim, 3))
		c := <-s.calls
		c.answer <- errors.New("away")
		c = <-s.calls
		if want := []order.Update{update(order.Complete, 2), update(order.Claim, 3)}; !reflect.DeepEqual(c.updates, want) {
			t.Errorf("sent %v, want %v", c.updates, want)
		}
		if !reflect.DeepEqual(s.unanswered, []order.Update{renewal}) {
			t.Errorf("unanswered %v", s.unanswered)
		}
		c.answer <- nil
	})
}

func TestARenewalIsNotSentWhenItsLeaseIsOver(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		o.Add(update(order.Claim, 8))
		first := <-s.calls
		o.Add(update(order.Claim, 9))
		second := <-s.calls
		renewal := update(order.Renew, 1)
		renewal.Expires = time.Now().Add(time.Second)
		o.Add(renewal)
		time.Sleep(time.Second) // synthetic
		first.answer <- nil
		second.answer <- nil
		s.noCall(t)
		if !reflect.DeepEqual(s.unanswered, []order.Update{renewal}) {
			t.Errorf("unanswered %v", s.unanswered)
		}
		o.Add(update(order.Complete, 1)) // the order is not busy
		<-s.calls
	})
}

func TestAwaitRoom(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		room := make(chan error, 1)
		await := func() { go func() { room <- o.AwaitRoom(t.Context(), 2) }() }
		isWaiting := func() bool {
			synctest.Wait()
			return len(room) == 0
		}
		await()
		<-room

		o.Add(update(order.Complete, 1))
		first := <-s.calls
		o.Add(update(order.Fail, 2))
		second := <-s.calls
		if await(); !isWaiting() {
			t.Error("there is room beside two reports")
		}
		first.answer <- nil
		<-room
		second.answer <- nil
	})
}

func TestCloseFlushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript()
		o := New(s, s, s, time.Now)
		o.Add(update(order.Complete, 1))
		ended := make(chan struct{})
		go func() { defer close(ended); o.Run(t.Context()) }()
		first := <-s.calls
		o.Add(update(order.Complete, 1), update(order.Complete, 2))
		o.Close()
		second := <-s.calls
		second.answer <- errors.New("away")
		first.answer <- nil
		for range 2 {
			(<-s.calls).answer <- nil
		}
		<-ended
		if len(s.answered) != 3 {
			t.Errorf("%d updates were answered, want 3", len(s.answered))
		}
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	run(t, func(t *testing.T, s *script, o *Outbox) {
		o.Add(update(order.Complete, 1))
		<-s.calls                                                   // hangs
		o.Add(update(order.Complete, 1), update(order.Complete, 1)) // cannot be sent meanwhile
		synctest.Wait()
		// run cancels the context and waits for Run: a lane that went on waiting would fail the test as a deadlock.
	})
}
