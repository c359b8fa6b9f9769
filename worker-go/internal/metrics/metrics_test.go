package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"orders/worker/internal/order"
	"orders/worker/internal/outbox"
	"orders/worker/internal/process"
	"orders/worker/internal/queue"
	"orders/worker/internal/stall"
)

// scrape returns what GET /metrics answers.
func scrape(t testing.TB, m *Metrics) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	if recorder.Code != http.StatusOK || !strings.HasPrefix(recorder.Header().Get("Content-Type"), "text/plain") {
		t.Fatalf("%d %s", recorder.Code, recorder.Header().Get("Content-Type"))
	}
	return recorder.Body.String()
}

// wantLines expects that each of these series has that value.
func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, "\norders_worker_"+line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			var near []string
			for got := range strings.Lines(text) {
				if strings.HasPrefix(got, "orders_worker_"+name) {
					near = append(near, got)
				}
			}
			t.Errorf("%s is not there, but\n%s", line, strings.Join(near, ""))
		}
	}
}

// watched is metrics of which everything is there.
func watched() *Metrics {
	m := New()
	none := func() int64 { return 0 }
	m.Watch(Sources{
		WorkerID: "vm-1-ab", Slots: 1000, Held: func() int { return 7 }, ReportsWaiting: func() int { return 3 },
		LastScan: func() time.Time { return time.UnixMilli(1_700_000_000_500) },
		Stalls:   func() stall.Durations { return stall.Durations{Slots: 2 * time.Second} },
		Redis:    func() error { return nil }, Gateway: func() error { return errors.New("away") },
		DeadLetters: func() int64 { return 2 }, SpansExported: none, SpansDropped: none,
	})
	m.StepEnded(context.Background(), "billing", time.Unix(0, 0), time.Unix(0, 0), nil)
	return m
}

func TestMetricsAreWellFormed(t *testing.T) {
	t.Parallel()
	text := scrape(t, watched())
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
	wantLines(t, text, `info{worker="vm-1-ab"} 1`, "slots 1000", "held 7", "reports_waiting 3", "redis_up 1", "gateway_up 0",
		"last_lease_scan_timestamp_seconds 1.7000000005e+09", `stalled_seconds{part="slots"} 2`, `stalled_seconds{part="reading"} 0`,
		"dead_entries_total 2", "spans_dropped_total 0")
	for _, name := range []string{"\ngo_goroutines ", "\nprocess_cpu_seconds_total "} {
		if !strings.Contains(text, name) {
			t.Errorf("%q is not there", strings.TrimSpace(name))
		}
	}
}

func TestEveryOutcomeIsThereFromTheStart(t *testing.T) {
	t.Parallel()
	// A series that appears only with its first event has no rate for it.
	wantLines(t, scrape(t, New()), `attempts_total{outcome="completed"} 0`, `attempts_total{outcome="retryable"} 0`,
		`attempts_total{outcome="permanent"} 0`, `attempts_total{outcome="released"} 0`, `attempts_total{outcome="rejected"} 0`,
		`claims_total{outcome="applied"} 0`, `claims_total{outcome="duplicate"} 0`, `claims_total{outcome="limited"} 0`,
		`claims_total{outcome="rejected"} 0`, `renewals_total{outcome="renewed"} 0`, `renewals_total{outcome="rejected"} 0`,
		`renewals_total{outcome="unanswered"} 0`, `leases_lost_total{reason="expired"} 0`, `leases_lost_total{reason="taken_back"} 0`,
		`leases_lost_total{reason="late"} 0`, `rpc_retries_total{reason="failed"} 0`, `rpc_retries_total{reason="refused"} 0`,
		"entries_repeated_total 0", `rpc_duration_seconds_count{code="OK",method="BatchUpdateOrderStatus"} 0`)
}

func TestAnswersAreCountedByTheirOutcome(t *testing.T) {
	t.Parallel()
	m := New()
	add := func(count int, update order.Update, result order.Result) {
		m.Answered([]order.Update{update}, []order.Result{result})
		var updates []order.Update
		var results []order.Result
		for range count - 1 {
			updates, results = append(updates, update), append(results, result)
		}
		m.Answered(updates, results)
	}
	applied, duplicate := order.Result{Outcome: order.Applied}, order.Result{Outcome: order.Duplicate}
	rejected, limited := order.Result{Outcome: order.Rejected}, order.Result{Outcome: order.Rejected, HoldLimit: 10}
	add(2, order.Update{Kind: order.Claim}, applied)
	add(3, order.Update{Kind: order.Claim}, duplicate)
	add(4, order.Update{Kind: order.Claim}, rejected)
	add(5, order.Update{Kind: order.Claim}, limited)
	add(6, order.Update{Kind: order.Renew}, applied)
	add(7, order.Update{Kind: order.Renew}, rejected)
	add(8, order.Update{Kind: order.Complete}, applied)
	add(9, order.Update{Kind: order.Complete}, duplicate)
	add(10, order.Update{Kind: order.Complete}, rejected)
	add(11, order.Update{Kind: order.Fail, Retryable: true}, applied)
	add(12, order.Update{Kind: order.Fail}, applied)
	add(13, order.Update{Kind: order.Release}, applied)
	wantLines(t, scrape(t, m), `claims_total{outcome="applied"} 2`, `claims_total{outcome="duplicate"} 3`, `claims_total{outcome="rejected"} 4`,
		`claims_total{outcome="limited"} 5`, `renewals_total{outcome="renewed"} 6`, `renewals_total{outcome="rejected"} 7`,
		`attempts_total{outcome="completed"} 17`, `attempts_total{outcome="rejected"} 10`, `attempts_total{outcome="retryable"} 11`,
		`attempts_total{outcome="permanent"} 12`, `attempts_total{outcome="released"} 13`)
}

func TestMixedAnswersAreCounted(t *testing.T) {
	t.Parallel()
	m := New()
	kinds := []order.Kind{order.Claim, order.Complete, order.Complete, order.Claim, order.Release, order.Claim}
	updates, results := make([]order.Update, len(kinds)), make([]order.Result, len(kinds))
	for i, kind := range kinds {
		updates[i].Kind, results[i].Outcome = kind, order.Applied
	}
	m.Answered(updates, results)
	wantLines(t, scrape(t, m), `claims_total{outcome="applied"} 3`, `attempts_total{outcome="completed"} 2`, `attempts_total{outcome="released"} 1`)
}

func TestAnEntryHasNeverWaitedForLessThanNothing(t *testing.T) {
	t.Parallel()
	m, now := New(), time.Unix(1000, 0)
	m.Read(nil, now)
	m.Read([]queue.Entry{{EnqueuedAt: now.Add(time.Hour)}, {EnqueuedAt: now.Add(-3 * time.Second)}}, now)
	wantLines(t, scrape(t, m), "queue_wait_seconds_count 2", "queue_wait_seconds_sum 3", `queue_wait_seconds_bucket{le="0.001"} 1`,
		"read_batch_size_count 1", "read_batch_size_sum 2")
}

func TestStepsAreToldApartByNameAndOutcome(t *testing.T) {
	t.Parallel()
	m := New()
	done, cancel := context.WithCancel(t.Context())
	cancel()
	refused := errors.New("refused")
	at := func(seconds int64) time.Time { return time.Unix(seconds, 0) }
	m.StepEnded(t.Context(), "billing", at(0), at(1), nil)
	m.StepEnded(done, "billing", at(0), at(2), nil)
	m.StepEnded(t.Context(), "billing", at(0), at(4), refused)
	m.StepEnded(done, "billing", at(0), at(8), refused)
	m.StepEnded(t.Context(), "mail", at(0), at(16), fmt.Errorf("mail: %w", process.Permanent(refused)))
	wantLines(t, scrape(t, m), `step_duration_seconds_sum{outcome="completed",step="billing"} 3`,
		`step_duration_seconds_sum{outcome="retryable",step="billing"} 4`, `step_duration_seconds_sum{outcome="cancelled",step="billing"} 8`,
		`step_duration_seconds_sum{outcome="permanent",step="mail"} 16`, `step_duration_seconds_count{outcome="completed",step="mail"} 0`)
}

func TestStepsAreMetByManyAtOnce(t *testing.T) {
	t.Parallel()
	m := New()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for step := range 100 {
				m.StepEnded(t.Context(), fmt.Sprintf("s%d", (step+i)%10), time.Unix(0, 0), time.Unix(1, 0), nil)
			}
		})
	}
	all.Wait()
	for step := range 10 {
		wantLines(t, scrape(t, m), fmt.Sprintf(`step_duration_seconds_count{outcome="completed",step="s%d"} 80`, step))
	}
}

type sendFunc func() ([]order.Result, error)

func (f sendFunc) Send(context.Context, []order.Update) ([]order.Result, error) { return f() }

type quickPace struct{ outbox.Pace }

func (quickPace) Failed(error, int) time.Duration                { return time.Second }
func (quickPace) Refused(error, order.Update, int) time.Duration { return time.Minute }
func (quickPace) Succeeded()                                     {}

func TestCallsAreMeasuredByTheirCode(t *testing.T) {
	t.Parallel()
	m := New()
	answers := []error{nil, status.Error(codes.Unavailable, "away"), fmt.Errorf("calling: %w", status.Error(codes.Internal, "a bug")), errors.New("too few results")}
	want := make([]order.Result, 3)
	sender := m.Sender(sendFunc(func() ([]order.Result, error) {
		err := answers[0]
		answers = answers[1:]
		return want, err
	}))
	for i := range 4 {
		results, err := sender.Send(t.Context(), make([]order.Update, 3))
		if len(results) != 3 || (err == nil) != (i == 0) {
			t.Errorf("call %d: %v, %v", i, results, err)
		}
	}
	pace := m.Pace(quickPace{})
	if pace.Failed(nil, 1) != time.Second || pace.Refused(nil, order.Update{}, 1) != time.Minute || pace.Refused(nil, order.Update{}, 2) != time.Minute {
		t.Error("the pace is another")
	}
	pace.Succeeded()
	wantLines(t, scrape(t, m), `rpc_duration_seconds_count{code="OK",method="BatchUpdateOrderStatus"} 1`,
		`rpc_duration_seconds_count{code="Unavailable",method="BatchUpdateOrderStatus"} 1`,
		`rpc_duration_seconds_count{code="Internal",method="BatchUpdateOrderStatus"} 1`,
		`rpc_duration_seconds_count{code="Unknown",method="BatchUpdateOrderStatus"} 1`,
		"rpc_batch_size_sum 12", `rpc_retries_total{reason="failed"} 1`, `rpc_retries_total{reason="refused"} 2`)
}

// BenchmarkOrder is all that the metrics cost one order: its delivery, claim, one step, end of work and report, in batches
// of a thousand, the readings of the clock included.
func BenchmarkOrder(b *testing.B) {
	m, ctx := New(), context.Background()
	const batch = 1000
	entries := make([]queue.Entry, batch)
	claims, reports, results := make([]order.Update, batch), make([]order.Update, batch), make([]order.Result, batch)
	for i := range batch {
		entries[i].EnqueuedAt = time.Now().Add(-time.Duration(i) * time.Millisecond)
		claims[i].Kind, reports[i].Kind, results[i].Outcome = order.Claim, order.Complete, order.Applied
	}
	b.ReportAllocs()
	for done := 0; done < b.N; done += batch {
		now := time.Now()
		m.Read(entries, now)
		m.Answered(claims, results)
		for range batch {
			begin := time.Now()
			m.StepEnded(ctx, "simulation", begin, time.Now(), nil)
			m.Worked(time.Since(now))
		}
		m.Answered(reports, results)
	}
}

// BenchmarkScrape is what one scrape costs.
func BenchmarkScrape(b *testing.B) {
	m := watched()
	b.ReportAllocs()
	for b.Loop() {
		if text := scrape(b, m); !bytes.Contains([]byte(text), []byte("orders_worker_held")) {
			b.Fatal(text)
		}
	}
}
