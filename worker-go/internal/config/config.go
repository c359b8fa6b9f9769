// Package config reads the worker's configuration from its environment, once, at the start.
package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"
)

// Config is what the worker can be told. docs/configuration.md lists the variables of every component.
type Config struct {
	// RedisURL is REDIS_URL: redis://[user:password@]host:port[/database], rediss:// for TLS.
	RedisURL string
	// Gateways is GATEWAY_ADDR: host:port of each gateway. A name may stand for several addresses.
	Gateways []string
	// GatewayToken is GRPC_TOKEN, the secret that the gateways share with their workers; empty: they need none.
	GatewayToken string
	// GatewayTLS is GRPC_TLS_CA, the authority of the gateways' certificates; nil: they are called in plaintext, which
	// outside of this machine needs GRPC_PRIVATE_NETWORK.
	GatewayTLS *tls.Config
	// ListenHost is LISTEN_HOST, the address that the health server listens on. Not HOST: some shells export that one.
	ListenHost string
	// HealthPort is PORT_WORKER_METRICS; 0 stands for any free port.
	HealthPort int
	// Concurrency is WORKER_CONCURRENCY: how many orders are in work at once.
	Concurrency int
	// ProcessTime is PROCESS_MS: how long the simulated work takes.
	ProcessTime time.Duration
	// ProcessFailRate is PROCESS_FAIL_RATE: the share of simulated attempts that fail, 0 to 1.
	ProcessFailRate float64
	// ProcessTimeout is PROCESS_TIMEOUT_MS: the bound of one attempt's work.
	ProcessTimeout time.Duration
	// DrainTimeout is DRAIN_TIMEOUT_MS: how long stopping may take.
	DrainTimeout time.Duration
	// LogLevel is LOG_LEVEL: debug, info, warn or error.
	LogLevel slog.Level
	// TracesEndpoint is OTEL_EXPORTER_OTLP_ENDPOINT, the base URL of a collector of traces (OTLP over HTTP); empty: no traces.
	TracesEndpoint string
	// TracesShare is OTEL_TRACES_SAMPLER_ARG: the share of orders that are traced, 0 to 1.
	TracesShare float64
}

// Read reads the configuration. An empty variable counts as absent. The error names every variable that is missing or
// malformed and what was expected of it.
func Read(getenv func(string) string) (Config, error) {
	r := reader{getenv: getenv}
	config := Config{
		RedisURL:        r.redisURL("REDIS_URL"),
		Gateways:        r.addresses("GATEWAY_ADDR"),
		GatewayToken:    r.token("GRPC_TOKEN"),
		GatewayTLS:      r.authority("GRPC_TLS_CA"),
		ListenHost:      r.text("LISTEN_HOST", "127.0.0.1"),
		HealthPort:      r.integer("PORT_WORKER_METRICS", 50053, 0, 65535),
		Concurrency:     r.integer("WORKER_CONCURRENCY", 1000, 1, 5000),
		ProcessTime:     r.milliseconds("PROCESS_MS", 0, 0, 24*time.Hour),
		ProcessFailRate: r.share("PROCESS_FAIL_RATE", 0),
		ProcessTimeout:  r.milliseconds("PROCESS_TIMEOUT_MS", time.Minute, time.Millisecond, 24*time.Hour),
		DrainTimeout:    r.milliseconds("DRAIN_TIMEOUT_MS", 8*time.Second, 100*time.Millisecond, time.Hour),
		LogLevel:        r.level("LOG_LEVEL", slog.LevelInfo),
		TracesEndpoint:  r.baseURL("OTEL_EXPORTER_OTLP_ENDPOINT"),
		TracesShare:     r.share("OTEL_TRACES_SAMPLER_ARG", 1),
	}
	r.requireSecurity(config, r.flag("GRPC_PRIVATE_NETWORK"))
	if len(r.problems) > 0 {
		return Config{}, fmt.Errorf("the configuration is not complete:\n%w", errors.Join(r.problems...))
	}
	return config, nil
}

// LogValue is the configuration without its secrets.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("redis", withoutPassword(c.RedisURL)),
		slog.String("gateway", strings.Join(c.Gateways, ",")),
		slog.Bool("gatewayToken", c.GatewayToken != ""),
		slog.Bool("gatewayTLS", c.GatewayTLS != nil),
		slog.Int("concurrency", c.Concurrency),
		slog.Int64("processMs", c.ProcessTime.Milliseconds()),
		slog.Float64("processFailRate", c.ProcessFailRate),
		slog.Int64("processTimeoutMs", c.ProcessTimeout.Milliseconds()),
		slog.Int64("drainTimeoutMs", c.DrainTimeout.Milliseconds()),
		slog.String("traces", withoutPassword(c.TracesEndpoint)),
		slog.Float64("tracesShare", c.TracesShare),
	)
}

func withoutPassword(text string) string {
	parsed, err := url.Parse(text)
	if err != nil {
		return "malformed"
	}
	// A query may carry secrets as well, and nothing in it helps whoever reads the log.
	parsed.RawQuery = ""
	return parsed.Redacted()
}
