package health

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"
)

func TestAnswers(t *testing.T) {
	now := time.Unix(1000, 0)
	fine := func(context.Context) error { return nil }
	broken := func(context.Context) error { return errors.New("connection refused") }
	tests := map[string]struct {
		method, path string
		scanned      time.Duration
		redis        Check
		code         int
		contentType  string
		body         map[string]any
	}{
		"alive": {"GET", "/livez", 0, broken, 200, "application/json",
			map[string]any{"status": "ok", "checks": map[string]any{"loop": "ok"}, "held": 7.0, "deadLetters": 3.0}},
		"stalled": {"GET", "/livez", 11 * time.Second, fine, 503, "application/json",
			map[string]any{"status": "unavailable", "checks": map[string]any{"loop": "has not turned for 11s"}, "held": 7.0, "deadLetters": 3.0}},
		"ready": {"GET", "/readyz", 0, fine, 200, "application/json",
			map[string]any{"status": "ok", "checks": map[string]any{"redis": "ok", "gateway": "ok"}, "held": 7.0, "deadLetters": 3.0}},
		"not ready": {"GET", "/readyz", 0, broken, 503, "application/json",
			map[string]any{"status": "unavailable", "checks": map[string]any{"redis": "connection refused", "gateway": "ok"}, "held": 7.0, "deadLetters": 3.0}},
		"unknown": {"GET", "/", 0, fine, 404, "application/problem+json",
			map[string]any{"type": "about:blank", "title": "Not Found", "status": 404.0}},
		"wrong method": {"POST", "/readyz", 0, fine, 405, "application/problem+json",
			map[string]any{"type": "about:blank", "title": "Method Not Allowed", "status": 405.0}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &Server{
				now: func() time.Time { return now },
				worker: Worker{
					LastScan:    func() time.Time { return now.Add(-test.scanned) },
					Held:        func() int { return 7 },
					DeadLetters: func() int64 { return 3 },
				},
				checks: map[string]Check{"redis": test.redis, "gateway": fine},
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

func TestListenAndClose(t *testing.T) {
	worker := Worker{LastScan: time.Now, Held: func() int { return 0 }, DeadLetters: func() int64 { return 0 }}
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
