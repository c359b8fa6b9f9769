package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"orders/worker/internal/gatewaytest"
	"orders/worker/internal/redistest"
)

// asWorker has this test binary be the worker itself, so that tests can start, signal and measure a real process.
const asWorker = "BE_THE_WORKER"

const deadline = 20 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(asWorker) != "" {
		os.Exit(supervise(os.Getenv, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// child is a worker process.
type child struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdout lockedBuffer
	stderr lockedBuffer
	exited chan struct{}
}

func startChild(t testing.TB, environment ...string) *child {
	t.Helper()
	c := &child{t: t, cmd: exec.Command(os.Args[0]), exited: make(chan struct{})}
	c.cmd.Env = append([]string{asWorker + "=1", "PORT_WORKER_METRICS=0"}, environment...)
	c.cmd.Stdout, c.cmd.Stderr = &c.stdout, &c.stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.exited)
		_ = c.cmd.Wait() // the exit code is in ProcessState
	}()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		<-c.exited
		if t.Failed() {
			t.Logf("stdout:\n%.4000s\nstderr:\n%.4000s", c.stdout.String(), c.stderr.String())
		}
	})
	return c
}

func (c *child) signal(signal os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(signal); err != nil {
		c.t.Fatal(err)
	}
}

// awaitExit returns the exit code.
func (c *child) awaitExit() int {
	c.t.Helper()
	select {
	case <-c.exited:
		return c.cmd.ProcessState.ExitCode()
	case <-time.After(deadline):
		c.t.Fatal("the worker does not exit")
		return -1
	}
}

func (c *child) awaitLog(text string) {
	c.t.Helper()
	await(c.t, "log of "+text, func() bool { return strings.Contains(c.stdout.String(), text) })
}

// healthURL is the address that the worker logs once it is ready.
func (c *child) healthURL() string {
	c.t.Helper()
	c.awaitLog(`"msg":"ready"`)
	return regexp.MustCompile(`http://[^/]+`).FindString(c.stdout.String())
}

func await(t testing.TB, what string, isMet func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !isMet(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

type system struct {
	t       testing.TB
	gateway *gatewaytest.Gateway
	redis   *redis.Client
	url     string
}

func newSystem(t testing.TB) *system {
	t.Helper()
	url, client := redistest.New(t)
	return &system{t, gatewaytest.Start(t, 10*time.Second), client, url}
}

func (s *system) start(environment ...string) *child {
	s.t.Helper()
	return startChild(s.t, append([]string{"REDIS_URL=" + s.url, "GATEWAY_ADDR=" + s.gateway.Address()}, environment...)...)
}

// enqueue creates n orders and adds an entry to the stream for each.
func (s *system) enqueue(n int) []string {
	s.t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("0199c0de-7abc-7def-8123-%012x", i)
	}
	s.gateway.Add(ids...)
	_, err := s.redis.Pipelined(context.Background(), func(pipe redis.Pipeliner) error {
		for _, id := range ids {
			pipe.XAdd(context.Background(), &redis.XAddArgs{Stream: "orders:queue", Values: []any{"orderId", id, "quantity", 2}})
		}
		return nil
	})
	if err != nil {
		s.t.Fatalf("enqueueing: %v", err)
	}
	return ids
}

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func getJSON(t testing.TB, url string) (int, map[string]any) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}
