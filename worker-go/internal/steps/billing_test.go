package steps

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orders/worker/internal/process"
)

// recorder is a payment service: it notes each request, and answers as the test wants.
type recorder struct {
	*httptest.Server
	mu       sync.Mutex
	keys     []string
	bodies   []string
	bearers  []string
	requests atomic.Int64
}

func record(t *testing.T, answer http.HandlerFunc) *recorder {
	t.Helper()
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.requests.Add(1)
		r.mu.Lock()
		r.keys = append(r.keys, q.Header.Get("Idempotency-Key"))
		r.bodies = append(r.bodies, q.Header.Get("Content-Type")+" "+string(body))
		r.bearers = append(r.bearers, q.Header.Get("Authorization"))
		r.mu.Unlock()
		answer(w, q)
	}))
	t.Cleanup(r.Close)
	return r
}

func answers(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

func TestBillingCharges(t *testing.T) {
	service := record(t, answers(http.StatusCreated, `{"charge":1}`))
	step := make1(t, "billing", "STEP_BILLING_TOKEN=hunter2;STEP_BILLING_URL="+service.URL+"/charges?shop=7")
	for attempt := range uint32(3) {
		o := laptop
		o.Attempt = attempt + 1
		if err := step.Work(t.Context(), o, billingKey); err != nil {
			t.Fatal(err)
		}
	}
	const body = `application/json {"orderId":"01a2090f-79ac-7a03-964f-3256223620c7","item":"Laptop","quantity":2,` +
		`"price":"1299.99","amount":"2599.98","createdAt":"2026-11-18T11:06:40.123Z"}`
	for i := range 3 {
		if service.keys[i] != billingKey || service.bodies[i] != body || service.bearers[i] != "Bearer hunter2" {
			t.Errorf("asked with %q, %q: %s", service.keys[i], service.bearers[i], service.bodies[i])
		}
	}
}

func TestBillingWithoutATokenSendsNone(t *testing.T) {
	service := record(t, answers(http.StatusOK, ""))
	if err := make1(t, "billing", "STEP_BILLING_URL="+service.URL).Work(t.Context(), laptop, billingKey); err != nil {
		t.Fatal(err)
	}
	if service.bearers[0] != "" {
		t.Errorf("sent %q", service.bearers[0])
	}
}

func TestWhatAnAnswerMeans(t *testing.T) {
	tests := []struct {
		status      int
		retryAfter  string
		text        string
		want        string // "": done
		isPermanent bool
	}{
		{200, "", "", "", false},
		{204, "", "", "", false},
		{301, "", "", "answered 301, and redirects are not followed", true},
		{400, "", "no\namount\x00", "answered 400: no amount", true},
		{401, "", "who are you, hunter2?", "answered 401: who are you, ***?", true},
		{404, "", "", "answered 404", true},
		{408, "", "", "answered 408", false},
		{409, "", "still being processed", "answered 409: still being processed", false},
		{422, "", "card refused", "answered 422: card refused", true},
		{422, "", strings.Repeat("é", 9000), "answered 422: " + strings.Repeat("é", 200) + "…", true},
		{425, "", "", "answered 425", false},
		{429, "30", "slowly", "answered 429 (Retry-After: 30): slowly", false},
		{500, "", "", "answered 500", false},
		{503, "Fri, 31 Dec 2027 23:59:59 GMT", "", "answered 503 (Retry-After: Fri, 31 Dec 2027 23:59:59 GMT)", false},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			service := record(t, func(w http.ResponseWriter, q *http.Request) {
				if test.retryAfter != "" {
					w.Header().Set("Retry-After", test.retryAfter)
				}
				w.Header().Set("Location", "/elsewhere")
				answers(test.status, test.text)(w, q)
			})
			step := make1(t, "billing", "STEP_BILLING_TOKEN=hunter2;STEP_BILLING_URL="+service.URL+"?secret=hunter2")
			err := step.Work(t.Context(), laptop, billingKey)
			if text := reason(err); text != test.want || process.IsPermanent(err) != test.isPermanent {
				t.Errorf("work = %q, permanent %v; want %q, %v", text, process.IsPermanent(err), test.want, test.isPermanent)
			}
			if n := service.requests.Load(); n != 1 {
				t.Errorf("%d requests: a redirect was followed", n)
			}
		})
	}
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestBillingWithoutAnAnswerIsRetryableAndTellsNoSecret(t *testing.T) {
	dropped := record(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = nobody.Close()
	for name, url := range map[string]string{"hangs up": dropped.URL, "is not there": "http://" + nobody.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			step := make1(t, "billing", "STEP_BILLING_TOKEN=hunter2;STEP_BILLING_URL="+url+"?secret=hunter2")
			err := step.Work(t.Context(), laptop, billingKey)
			if err == nil || process.IsPermanent(err) || !strings.HasPrefix(err.Error(), "no answer: ") {
				t.Errorf("work = %v", err)
			}
			var log bytes.Buffer
			slog.New(slog.NewJSONHandler(&log, nil)).Warn("an attempt failed", "reason", err)
			if strings.Contains(log.String(), "hunter2") {
				t.Errorf("logged %s", log.String())
			}
		})
	}
}

func TestASuccessThatBreaksOffIsASuccess(t *testing.T) {
	service := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "charged")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	if err := make1(t, "billing", "STEP_BILLING_URL="+service.URL).Work(t.Context(), laptop, billingKey); err != nil {
		t.Errorf("work = %v", err)
	}
}

func TestBillingEndsWithItsTimeAndItsContext(t *testing.T) {
	release := make(chan struct{})
	service := record(t, func(_ http.ResponseWriter, q *http.Request) {
		select {
		case <-q.Context().Done():
		case <-release:
		}
	})
	defer close(release)
	step := make1(t, "billing", "STEP_BILLING_TIMEOUT_MS=100;STEP_BILLING_URL="+service.URL)
	chain, err := process.Chain(step)
	if err != nil {
		t.Fatal(err)
	}
	if err := chain.Process(t.Context(), laptop); reason(err) != "billing: no end after 0.1 s" || process.IsPermanent(err) {
		t.Errorf("Process = %v", err)
	}
	lost := errors.New("the lease was lost")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(10*time.Millisecond, func() { cancel(lost) })
	if err := make1(t, "billing", "STEP_BILLING_URL="+service.URL).Work(ctx, laptop, billingKey); !errors.Is(err, lost) {
		t.Errorf("work = %v", err)
	}
}

func TestBillingHasSoManyConnectionsAtMostAndUsesThemAgain(t *testing.T) {
	var inWork, most, connections atomic.Int64
	service := &recorder{}
	service.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		most.Store(max(most.Load(), inWork.Add(1)))
		time.Sleep(time.Millisecond)
		inWork.Add(-1)
		_, _ = io.WriteString(w, strings.Repeat("text that nobody reads ", 1000))
	}))
	service.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	service.Start()
	defer service.Close()
	step := make1(t, "billing", "STEP_BILLING_CONNECTIONS=8;STEP_BILLING_URL="+service.URL)
	for range 10 { // between which all connections are idle
		var charged sync.WaitGroup
		for range 20 {
			charged.Go(func() {
				if err := step.Work(t.Context(), laptop, billingKey); err != nil {
					t.Error(err)
				}
			})
		}
		charged.Wait()
	}
	if most.Load() > 8 || connections.Load() > 8 {
		t.Errorf("%d at once on %d connections", most.Load(), connections.Load())
	}
}

// FuzzVerdict: whatever a service answers, the reason is a line of bounded length that a log and a mail can hold.
func FuzzVerdict(f *testing.F) {
	f.Add(422, "30", "card refused")
	f.Add(503, "\r\nX: y", "\xff\x00\u202e")
	f.Fuzz(func(t *testing.T, status int, retryAfter, text string) {
		err := verdict(status, retryAfter, text)
		if (err == nil) != (status/100 == 2) {
			t.Fatalf("verdict(%d) = %v", status, err)
		}
		if err == nil {
			return
		}
		if line := err.Error(); strings.ContainsAny(line, "\r\n\x00") || strings.ToValidUTF8(line, "") != line || len([]rune(line)) > 2*(quotedChars+1)+100 {
			t.Errorf("reason %q", line)
		}
	})
}
