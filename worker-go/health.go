package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"orders/worker/internal/config"
)

// healthTimeout bounds one check: longer than the worker's own checks of what it needs may take.
const healthTimeout = 4 * time.Second

// checkHealth asks the worker of this container for /livez, or /readyz when the arguments say so, and returns the exit
// code. It reads the environment that the worker itself was started with. Its image has no shell and no curl.
func checkHealth(args []string, getenv func(string) string, stderr io.Writer) int {
	probe := "livez"
	if len(args) > 0 {
		probe = args[0]
	}
	if probe != "livez" && probe != "readyz" {
		fmt.Fprint(stderr, usage)
		return 2
	}
	cfg, err := config.Read(getenv)
	if err == nil && cfg.HealthPort == 0 {
		err = errors.New("PORT_WORKER_METRICS is 0, any free port: which one the worker took cannot be known here")
	}
	if err == nil {
		err = expectOK("http://" + localAddress(cfg.ListenHost, cfg.HealthPort) + "/" + probe)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// localAddress is where something that listens at host is reached from the same machine.
func localAddress(host string, port int) string {
	loopback := map[string]string{net.IPv4zero.String(): "127.0.0.1", net.IPv6unspecified.String(): "::1"}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = loopback[ip.String()]
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// expectOK returns an error with what was answered unless it was 200.
func expectOK(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("asking the worker: %w", err)
	}
	// The way to oneself never leads through a proxy for outgoing traffic.
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return fmt.Errorf("the worker does not answer: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 4096))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return fmt.Errorf("the worker's answer breaks off: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %d: %s", url, response.StatusCode, strings.TrimSpace(string(body)))
	}
	return nil
}
