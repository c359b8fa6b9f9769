package main

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"orders/worker/internal/redistest"
)

// environment is what a worker of this configuration reads.
func environment(variables ...string) func(string) string {
	values := map[string]string{"REDIS_URL": "redis://127.0.0.1:1", "GATEWAY_ADDR": "127.0.0.1:1"}
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		values[name] = value
	}
	return func(name string) string { return values[name] }
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Port()
}

func TestHealthTellsWhetherTheWorkerLivesAndIsReady(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	proxy := redistest.NewProxy(t, s.url)
	// As in a container: it listens at every address of its machine.
	c := startChild(t, "REDIS_URL="+proxy.URL, "GATEWAY_ADDR="+s.gateway.Address(), "LISTEN_HOST=0.0.0.0")
	getenv := environment("LISTEN_HOST=0.0.0.0", "PORT_WORKER_METRICS="+portOf(t, c.healthURL()))
	for _, args := range [][]string{{"health"}, {"health", "livez"}, {"health", "readyz"}} {
		var stderr bytes.Buffer
		if code := execute(args, getenv, io.Discard, &stderr); code != 0 || stderr.Len() > 0 {
			t.Errorf("%v: exit code %d, %q", args, code, stderr.String())
		}
	}
	proxy.Cut()
	var stderr bytes.Buffer
	await(t, "not ready", func() bool {
		stderr.Reset()
		return execute([]string{"health", "readyz"}, getenv, io.Discard, &stderr) == 1
	})
	if !strings.Contains(stderr.String(), "answers 503") || !strings.Contains(stderr.String(), `"redis"`) {
		t.Errorf("the reason is not in %q", stderr.String())
	}
	if code := execute([]string{"health"}, getenv, io.Discard, io.Discard); code != 0 {
		t.Errorf("without Redis the worker still lives: exit code %d", code)
	}
}

func TestHealthFailsWithTheReason(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		args   []string
		getenv func(string) string
		code   int
		reason string
	}{
		"nothing listens":    {[]string{"health"}, environment("PORT_WORKER_METRICS=" + free), 1, "does not answer"},
		"any port":           {[]string{"health"}, environment("PORT_WORKER_METRICS=0"), 1, "PORT_WORKER_METRICS is 0"},
		"malformed port":     {[]string{"health"}, environment("PORT_WORKER_METRICS=x"), 1, "PORT_WORKER_METRICS is malformed"},
		"unknown probe":      {[]string{"health", "metrics"}, environment(), 2, "usage:"},
		"too many arguments": {[]string{"health", "livez", "now"}, environment(), 2, "usage:"},
		"unknown command":    {[]string{"start"}, environment(), 2, "usage:"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stderr bytes.Buffer
			code := execute(test.args, test.getenv, io.Discard, &stderr)
			if code != test.code || !strings.Contains(stderr.String(), test.reason) {
				t.Errorf("exit code %d, %q; want %d, %q", code, stderr.String(), test.code, test.reason)
			}
		})
	}
}

func TestLocalAddress(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"0.0.0.0": "127.0.0.1:50053", "::": "[::1]:50053", "127.0.0.1": "127.0.0.1:50053", "::1": "[::1]:50053", "worker": "worker:50053",
	}
	for host, want := range tests {
		if got := localAddress(host, 50053); got != want {
			t.Errorf("localAddress(%q) = %q, want %q", host, got, want)
		}
	}
}
