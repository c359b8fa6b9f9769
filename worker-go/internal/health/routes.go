package health

import (
	"context"
	"net/http"
)

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
	mux.Handle("GET /metrics", s.worker.Metrics)
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		mux.HandleFunc(path, methodNotAllowed)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { writeProblem(w, http.StatusNotFound) })
	return mux
}

// livez tells whether restarting the process would help.
func (s *Server) livez(w http.ResponseWriter, _ *http.Request) {
	s.answer(w, s.stalls().live())
}

// readyz tells whether the worker gets on, and whether all that it needs is there.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	results := s.stalls().ready()
	for name, check := range s.checks {
		results[name] = available
		if err := check(ctx); err != nil {
			results[name] = err.Error()
		}
	}
	s.answer(w, results)
}

func (s *Server) stalls() stalls {
	s.look()
	return stalls{s.leases.Lasting(), s.worker.Stalls()}
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
