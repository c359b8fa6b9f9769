// Package health answers whether the process lives and whether it can work.
package health

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"orders/worker/internal/stall"
)

const (
	readHeaderTimeout = 5 * time.Second
	checkTimeout      = 2 * time.Second
	shutdownTimeout   = time.Second
	// lookInterval is how often it is looked whether the leases are looked after.
	lookInterval = 500 * time.Millisecond
)

// Worker is what is told of the worker.
type Worker struct {
	// LastScan is when the leases were last looked after.
	LastScan func() time.Time
	// Stalls is for how long its parts have not got on.
	Stalls func() stall.Durations
	// Held is how many orders it claims or holds.
	Held func() int
	// DeadLetters is how many entries it met that name no order.
	DeadLetters func() int64
	// Metrics answers GET /metrics.
	Metrics http.Handler
}

// Check returns why something that the worker needs is not available, or nil.
type Check func(ctx context.Context) error

// Server is the health server: GET /livez, GET /readyz and GET /metrics.
type Server struct {
	worker   Worker
	checks   map[string]Check
	now      func() time.Time
	leases   stall.Watch
	http     *http.Server
	listener net.Listener
	done     chan error
	closing  chan struct{}
	looked   sync.WaitGroup
}

// Listen starts the server at address (host:port; port 0 stands for any free one).
func Listen(ctx context.Context, address string, worker Worker, checks map[string]Check, now func() time.Time) (*Server, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening for health checks (LISTEN_HOST, PORT_WORKER_METRICS): %w", err)
	}
	s := &Server{worker: worker, checks: checks, now: now, listener: listener, done: make(chan error, 1), closing: make(chan struct{})}
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: readHeaderTimeout}
	go func() { s.done <- s.http.Serve(listener) }() // Close waits for it
	s.looked.Go(s.lookOnAndOn)
	return s, nil
}

// lookOnAndOn looks after the leases' loop until the server is closed: only who looks often can tell a loop that hangs from
// a process that was frozen.
func (s *Server) lookOnAndOn() {
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	for {
		s.look()
		select {
		case <-ticker.C:
		case <-s.closing:
			return
		}
	}
}

func (s *Server) look() {
	s.leases.Observe(s.now(), true, uint64(s.worker.LastScan().UnixNano()))
}

// Address is where the server listens.
func (s *Server) Address() string {
	return s.listener.Addr().String()
}

// Close ends the server; a check under way gets a second to be answered.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	close(s.closing)
	s.looked.Wait()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("closing the health server: %w", err)
	}
	return nil
}

func write(w http.ResponseWriter, contentType string, status int, body any) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// An error means that the client is gone.
	_ = json.NewEncoder(w).Encode(body)
}
