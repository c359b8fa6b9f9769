package health

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"orders/worker/internal/stall"
)

func alive() map[string]any {
	return map[string]any{"leases": "ok", "reading": "ok", "sending": "ok", "slots": "ok"}
}

func ready() map[string]any {
	return with(with(with(alive(), "answers", "ok"), "redis", "ok"), "gateway", "ok")
}

func with(checks map[string]any, name, result string) map[string]any {
	checks[name] = result
	return checks
}

func TestAnswers(t *testing.T) {
	now := time.Unix(1000, 0)
	fine := func(context.Context) error { return nil }
	broken := func(context.Context) error { return errors.New("connection refused") }
	tests := map[string]struct {
		method, path string
		unscanned    time.Duration
		redis        Check
		code         int
		contentType  string
		body         map[string]any
	}{
		"alive": {"GET", "/livez", 0, broken, 200, "application/json",
			map[string]any{"status": "ok", "checks": alive(), "held": 7.0, "deadLetters": 3.0}},
		"stalled": {"GET", "/livez", 11 * time.Second, fine, 503, "application/json",
			map[string]any{"status": "unavailable", "checks": with(alive(), "leases", "have not been looked after, for 11s"), "held": 7.0, "deadLetters": 3.0}},
		"ready": {"GET", "/readyz", 0, fine, 200, "application/json",
			map[string]any{"status": "ok", "checks": ready(), "held": 7.0, "deadLetters": 3.0}},
		"not ready": {"GET", "/readyz", 0, broken, 503, "application/json",
			map[string]any{"status": "unavailable", "checks": with(ready(), "redis", "connection refused"), "held": 7.0, "deadLetters": 3.0}},
		"metrics": {"GET", "/metrics", 0, broken, 200, "application/json", map[string]any{"metrics": "all"}},
		"metrics, wrong method": {"POST", "/metrics", 0, fine, 405, "application/problem+json",
			map[string]any{"type": "about:blank", "title": "Method Not Allowed", "status": 405.0}},
		"unknown": {"GET", "/", 0, fine, 404, "application/problem+json",
			map[string]any{"type": "about:blank", "title": "Not Found", "status": 404.0}},
		"wrong method": {"POST", "/readyz", 0, fine, 405, "application/problem+json",
			map[string]any{"type": "about:blank", "title": "Method Not Allowed", "status": 405.0}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			now := now
			s := &Server{
				now: func() time.Time { return now },
				worker: Worker{
					LastScan:    func() time.Time { return time.Unix(900, 0) },
					Stalls:      func() stall.Durations { return stall.Durations{} },
					Held:        func() int { return 7 },
					DeadLetters: func() int64 { return 3 },
					Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						write(w, "application/json", http.StatusOK, map[string]string{"metrics": "all"})
					}),
				},
				checks: map[string]Check{"redis": test.redis, "gateway": fine},
			}
			for end := now.Add(test.unscanned); now.Before(end); now = now.Add(lookInterval) {
				s.look()
			}
			recorder := httptest.NewRecorder()
			s.routes().ServeHTTP(recorder, httptest.NewRequest(test.method, test.path, http.NoBody))
			var body map[string]any
			if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			if recorder.Code != test.code || recorder.Header().Get("Content-Type") != test.contentType || !reflect.DeepEqual(body, test.body) {
				t.Errorf("%d %s %v\nwant %d %s %v", recorder.Code, recorder.Header().Get("Content-Type"), body, test.code, test.contentType, test.body)
			}
			if allow := recorder.Header().Get("Allow"); (test.code == 405) != (allow == "GET, HEAD") {
				t.Errorf("Allow: %q", allow)
			}
		})
	}
}

func TestLeasesAreWatched(t *testing.T) {
	type step struct {
		passes  time.Duration // in one leap
		scanned bool
	}
	every := func(passes time.Duration, times int, scanned bool) []step {
		return slices.Repeat([]step{{passes, scanned}}, times)
	}
	freeze := []step{{time.Minute, false}}
	tests := map[string]struct {
		steps []step
		want  time.Duration
	}{
		"looked after":                         {every(lookInterval, 60, true), 0},
		"hanging":                              {every(lookInterval, 30, false), 15 * time.Second},
		"hanging from the beginning of a scan": {slices.Concat(every(lookInterval, 9, true), every(lookInterval, 3, false)), 1500 * time.Millisecond},
		"after a freeze":                       {slices.Concat(every(lookInterval, 9, true), freeze), 0},
		"hanging after a freeze":               {slices.Concat(freeze, every(lookInterval, 4, false)), 2 * time.Second},
		"asked rarely":                         {[]step{{time.Minute, false}, {time.Minute, false}}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			now := time.Unix(1000, 0)
			scanned := now
			s := &Server{now: func() time.Time { return now }, worker: Worker{
				LastScan: func() time.Time { return scanned },
				Stalls:   func() stall.Durations { return stall.Durations{} },
			}}
			s.look()
			for _, step := range test.steps {
				now = now.Add(step.passes)
				if step.scanned {
					scanned = now
				}
				if got := s.stalls().scan; got > test.want {
					t.Errorf("%v on the way, want at most %v", got, test.want)
				}
			}
			if got := s.stalls().scan; got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

func TestTheServerLooksByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		s := &Server{now: time.Now, closing: make(chan struct{}), worker: Worker{
			LastScan: func() time.Time { return started },
			Stalls:   func() stall.Durations { return stall.Durations{} },
		}}
		s.looked.Go(s.lookOnAndOn)
		time.Sleep(11 * time.Second) // synthetic, and nobody asks meanwhile
		if got := s.stalls().scan; got != 11*time.Second {
			t.Errorf("%v, want 11s", got)
		}
		close(s.closing)
		s.looked.Wait()
	})
}

func TestListenAndClose(t *testing.T) {
	worker := Worker{LastScan: time.Now, Stalls: func() stall.Durations { return stall.Durations{} }, Held: func() int { return 0 }, DeadLetters: func() int64 { return 0 }, Metrics: http.NotFoundHandler()}
	s, err := Listen(t.Context(), "127.0.0.1:0", worker, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(t.Context(), s.Address(), worker, nil, time.Now); err == nil {
		t.Error("two servers listen at one address")
	}
	response, err := http.Get("http://" + s.Address() + "/livez")
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("status %d, %v", response.StatusCode, err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

func TestStallsDecide(t *testing.T) {
	const long = 16 * time.Second
	tests := map[string]struct {
		stalls stalls
		live   map[string]string // what is not ok
		ready  map[string]string
	}{
		"all is well":      {stalls{}, nil, nil},
		"at the limits":    {stalls{scanLimit, stall.Durations{Reading: stallLimit, Sending: stallLimit, Answers: stallLimit, Slots: stallLimit}}, nil, nil},
		"the scan hangs":   {stalls{scan: 11 * time.Second}, map[string]string{"leases": "have not been looked after, for 11s"}, nil},
		"the reader hangs": {stalls{Durations: stall.Durations{Reading: long}}, map[string]string{"reading": "hangs although orders could be taken, for 16s"}, nil},
		"the lanes hang":   {stalls{Durations: stall.Durations{Sending: long}}, map[string]string{"sending": "hangs although updates wait, for 16s"}, nil},
		"the work is deaf": {stalls{Durations: stall.Durations{Slots: long}},
			map[string]string{"slots": "are all taken by work that does not end although it was cancelled, for 16s"}, nil},
		"the gateway does not answer": {stalls{Durations: stall.Durations{Answers: long}}, nil,
			map[string]string{"answers": "of the gateway do not come although updates wait, for 16s"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := notOK(test.stalls.live()); !maps.Equal(got, test.live) {
				t.Errorf("live: %v, want %v", got, test.live)
			}
			want := maps.Clone(test.ready)
			if want == nil {
				want = test.live
			}
			if got := notOK(test.stalls.ready()); !maps.Equal(got, want) {
				t.Errorf("ready: %v, want %v", got, want)
			}
		})
	}
}

func notOK(results map[string]string) map[string]string {
	bad := make(map[string]string)
	for name, result := range results {
		if result != available {
			bad[name] = result
		}
	}
	return bad
}
