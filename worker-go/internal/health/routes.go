package health

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// stalledAfter is when a loop that turns ten times a second counts as hanging.
const stalledAfter = 10 * time.Second

const (
	available   = "ok"
	unavailable = "unavailable"
)

// status is the body of both answers.
type status struct {
	Status      string            `json:"status"`
	Checks      map[string]string `json:"checks"`
	Held        int               `json:"held"`
	DeadLetters int64             `json:"deadLetters"`
}

// problem is an error (RFC 9457).
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", s.livez)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("/livez", methodNotAllowed)
	mux.HandleFunc("/readyz", methodNotAllowed)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { writeProblem(w, http.StatusNotFound) })
	return mux
}

// livez tells whether restarting the process would help.
func (s *Server) livez(w http.ResponseWriter, _ *http.Request) {
	result := available
	if since := s.now().Sub(s.worker.LastScan()); since > stalledAfter {
		result = fmt.Sprintf("has not turned for %v", since.Round(time.Second))
	}
	s.answer(w, map[string]string{"loop": result})
}

// readyz tells whether all that the worker needs is there.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	results := make(map[string]string, len(s.checks))
	for name, check := range s.checks {
		results[name] = available
		if err := check(ctx); err != nil {
			results[name] = err.Error()
		}
	}
	s.answer(w, results)
}

func (s *Server) answer(w http.ResponseWriter, results map[string]string) {
	body := status{Status: available, Checks: results, Held: s.worker.Held(), DeadLetters: s.worker.DeadLetters()}
	code := http.StatusOK
	for _, result := range results {
		if result != available {
			body.Status, code = unavailable, http.StatusServiceUnavailable
		}
	}
	write(w, "application/json", code, body)
}

func methodNotAllowed(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Allow", "GET, HEAD")
	writeProblem(w, http.StatusMethodNotAllowed)
}

func writeProblem(w http.ResponseWriter, code int) {
	write(w, "application/problem+json", code, problem{Type: "about:blank", Title: http.StatusText(code), Status: code})
}
