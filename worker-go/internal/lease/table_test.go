package lease

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"orders/worker/internal/order"
)

const (
	length  = 9 * time.Second
	timeout = time.Minute
)

var start = time.Unix(1_700_000_000, 0)

func at(d time.Duration) time.Time { return start.Add(d) }

// begin reserves and begins the order with a lease from start.
func begin(t *testing.T, table *Table, id string, attempt uint32) *Hold {
	t.Helper()
	if !table.Reserve(id) {
		t.Fatalf("order %s is held already", id)
	}
	h := table.Begin(order.Order{ID: id, Attempt: attempt}, start, length, start)
	if h == nil {
		t.Fatalf("order %s did not begin", id)
	}
	return h
}

func wantScan(t *testing.T, table *Table, now time.Time, renewals, over []string) {
	t.Helper()
	updates, orders := table.Scan(now)
	var gotRenewals, gotOver []string
	for _, update := range updates {
		gotRenewals = append(gotRenewals, update.OrderID)
	}
	for _, o := range orders {
		gotOver = append(gotOver, o.ID)
	}
	if !reflect.DeepEqual(gotRenewals, renewals) || !reflect.DeepEqual(gotOver, over) {
		t.Errorf("at %v: renewals %v, over %v; want %v, %v", now.Sub(start), gotRenewals, gotOver, renewals, over)
	}
}

func TestOrderIsHeldFromItsClaimToItsEnd(t *testing.T) {
	table := NewTable(context.Background(), 10, timeout)
	h := begin(t, table, "a", 1)
	if table.Reserve("a") {
		t.Error("an order in work was reserved")
	}
	if !table.End(h) || table.Reserve("a") {
		t.Error("an order whose report is not in the outbox was reserved")
	}
	table.Free(h)
	if table.Held() != 0 || table.slotsInUse() != 0 || !table.Reserve("a") {
		t.Error("an order that has ended is still held")
	}
	table.Cancel("a")
	if table.Held() != 0 || table.slotsInUse() != 0 {
		t.Error("an order whose claim was rejected is still held")
	}
}

func TestClaimAnsweredTooLate(t *testing.T) {
	table := NewTable(context.Background(), 10, timeout)
	table.Reserve("a")
	if table.Begin(order.Order{ID: "a", Attempt: 1}, start, length, at(length)) != nil {
		t.Error("work began although the lease is over")
	}
	table.Reserve("b")
	if table.Begin(order.Order{ID: "b", Attempt: 1}, start, 0, start) != nil {
		t.Error("work began without a lease")
	}
	if table.Begin(order.Order{ID: "c", Attempt: 1}, start, length, start) != nil {
		t.Error("work began without a claim")
	}
}

func TestRenewals(t *testing.T) {
	table := NewTable(context.Background(), 10, timeout)
	table.Reserve("claiming") // is never renewed
	h := begin(t, table, "a", 4)
	wantScan(t, table, at(3*time.Second-1), nil, nil)

	renewals, _ := table.Scan(at(3 * time.Second))
	want := []order.Update{{OrderID: "a", Kind: order.Renew, Attempt: 4, Expires: at(length - ScanInterval)}}
	if !reflect.DeepEqual(renewals, want) {
		t.Fatalf("renewals %+v, want %+v", renewals, want)
	}
	wantScan(t, table, at(4*time.Second), nil, nil) // one at a time
	table.RenewalUnanswered(renewals[0])
	wantScan(t, table, at(5*time.Second), []string{"a"}, nil)
	table.Renewed(renewals[0], at(5*time.Second), length)
	wantScan(t, table, at(8*time.Second-1), nil, nil)
	wantScan(t, table, at(8*time.Second), []string{"a"}, nil)
	if h.Context().Err() != nil {
		t.Error("renewed work was cancelled")
	}
	table.End(h)
	wantScan(t, table, at(time.Hour), nil, nil)
}

func TestLeaseThatIsOver(t *testing.T) {
	table := NewTable(context.Background(), 10, timeout)
	h := begin(t, table, "a", 1)
	table.Scan(at(3 * time.Second))
	wantScan(t, table, at(length-ScanInterval-1), nil, nil)
	wantScan(t, table, at(length-ScanInterval), nil, []string{"a"})
	if cause := context.Cause(h.Context()); !errors.Is(cause, ErrLost) {
		t.Errorf("cause %v", cause)
	}
	if table.slotsInUse() != 1 {
		t.Error("the slot is free although the work has not ended")
	}
	again := begin(t, table, "a", 2)
	if table.End(h) {
		t.Error("the result of a lost attempt counts")
	}
	table.Free(h)
	if table.Held() != 1 || table.slotsInUse() != 1 || !table.End(again) {
		t.Error("the end of a lost attempt touched the next one")
	}
}

func TestRejectedRenewal(t *testing.T) {
	table := NewTable(context.Background(), 10, timeout)
	h := begin(t, table, "a", 2)
	if table.RenewalRejected(order.Update{OrderID: "a", Kind: order.Renew, Attempt: 1}) {
		t.Error("the rejection of an older attempt's renewal cancelled the work")
	}
	renewal := order.Update{OrderID: "a", Kind: order.Renew, Attempt: 2}
	if !table.RenewalRejected(renewal) || !errors.Is(context.Cause(h.Context()), ErrLost) || table.Held() != 0 {
		t.Errorf("cause %v, %d held", context.Cause(h.Context()), table.Held())
	}
	if table.RenewalRejected(renewal) || table.End(h) {
		t.Error("lost twice")
	}
}

func TestTimeout(t *testing.T) {
	table := NewTable(context.Background(), 10, 5*time.Second)
	h := begin(t, table, "a", 1)
	wantScan(t, table, at(4*time.Second), []string{"a"}, nil)
	table.Renewed(order.Update{OrderID: "a", Attempt: 1}, at(4*time.Second), length)
	table.Scan(at(5*time.Second - 1))
	if h.Context().Err() != nil {
		t.Error("cancelled too early")
	}
	table.Scan(at(5 * time.Second))
	if cause := context.Cause(h.Context()); !errors.Is(cause, ErrTimedOut) {
		t.Errorf("cause %v", cause)
	}
	wantScan(t, table, at(10*time.Second), nil, nil) // not renewed
	if !table.End(h) {
		t.Error("a time-out may not be reported")
	}
}

func TestTimeoutOfWorkThatDoesNotEnd(t *testing.T) {
	table := NewTable(context.Background(), 10, 5*time.Second)
	begin(t, table, "a", 1)
	table.Scan(at(5 * time.Second))
	wantScan(t, table, at(length), nil, []string{"a"})
}

func TestSlotsOfWorkThatDoesNotEnd(t *testing.T) {
	table := NewTable(context.Background(), 2, 5*time.Second)
	want := func(when string, want Usage) {
		t.Helper()
		if got := table.Usage(); got != want {
			t.Errorf("%s: %+v, want %+v", when, got, want)
		}
	}
	want("at the beginning", Usage{Free: 2})
	a := begin(t, table, "a", 1)
	want("with one in work", Usage{Free: 1})
	begin(t, table, "b", 1)
	want("with both in work", Usage{})
	table.Scan(at(5 * time.Second))
	want("with both timed out", Usage{})
	table.Scan(at(length))
	want("with both leases over", Usage{IsAllAdrift: true})
	table.Free(a)
	want("with one of them ended", Usage{Free: 1})
	table.Reserve("a")
	want("with its order claimed anew", Usage{})
}

func TestCancelAllAndAbandon(t *testing.T) {
	table := NewTable(context.Background(), 10, timeout)
	table.Reserve("claiming")
	h, done := begin(t, table, "a", 3), begin(t, table, "b", 1)
	table.End(done)
	cause := errors.New("stopping")
	table.CancelAll(cause)
	if got := context.Cause(h.Context()); !errors.Is(got, cause) {
		t.Errorf("cause %v", got)
	}
	if want := []order.Update{{OrderID: "a", Kind: order.Release, Attempt: 3}}; !reflect.DeepEqual(table.Abandon(), want) {
		t.Errorf("want %v released", want)
	}
	if table.End(h) || table.Abandon() != nil {
		t.Error("abandoned work is still held")
	}
}

func TestAwaitFreeAndIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := NewTable(context.Background(), 2, timeout)
		first, second := begin(t, table, "a", 1), begin(t, table, "b", 1)
		free := make(chan int)
		var wg sync.WaitGroup
		wg.Go(func() {
			n, err := table.AwaitFree(t.Context())
			if err != nil {
				t.Error(err)
			}
			free <- n
		})
		synctest.Wait()
		table.Free(first)
		if n := <-free; n != 1 {
			t.Errorf("%d slots are free, want 1", n)
		}
		idle := make(chan error)
		wg.Go(func() { idle <- table.AwaitIdle(t.Context()) })
		synctest.Wait()
		table.Free(second)
		if err := <-idle; err != nil {
			t.Error(err)
		}
		wg.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin(t, table, "c", 1)
		if err := table.AwaitIdle(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("AwaitIdle = %v", err)
		}
	})
}
