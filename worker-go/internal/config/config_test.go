package config

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"
)

func lookup(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestReadDefaults(t *testing.T) {
	got, err := Read(lookup(map[string]string{
		"REDIS_URL": "redis://127.0.0.1:6379", "GATEWAY_ADDR": "localhost:50051",
		"HOST": "laptop", // some shells export it
	}))
	want := Config{
		RedisURL: "redis://127.0.0.1:6379", Gateways: []string{"localhost:50051"}, ListenHost: "127.0.0.1", HealthPort: 50053,
		Concurrency: 1000, ProcessTimeout: time.Minute, DrainTimeout: 8 * time.Second, LogLevel: slog.LevelInfo,
		TracesShare: 1,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Read = %+v, %v; want %+v", got, err, want)
	}
}

func TestReadEverything(t *testing.T) {
	got, err := Read(lookup(map[string]string{
		"REDIS_URL": "rediss://worker:secret@cache:6380/3", "GATEWAY_ADDR": "a:50051, [::1]:50052,10.0.0.1:1",
		"LISTEN_HOST": "0.0.0.0", "PORT_WORKER_METRICS": "0", "WORKER_CONCURRENCY": "5000", "PROCESS_MS": "20",
		"PROCESS_FAIL_RATE": "0.25", "PROCESS_TIMEOUT_MS": "1500", "DRAIN_TIMEOUT_MS": "20000", "LOG_LEVEL": "debug",
		"GRPC_TOKEN": "the-current-token, the-token-before", "GRPC_TLS_CA": "system",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector:4318/base/", "OTEL_TRACES_SAMPLER_ARG": "0.01",
	}))
	want := Config{
		RedisURL: "rediss://worker:secret@cache:6380/3", Gateways: []string{"a:50051", "[::1]:50052", "10.0.0.1:1"},
		GatewayToken: "the-current-token", GatewayTLS: &tls.Config{MinVersion: tls.VersionTLS12},
		ListenHost: "0.0.0.0", HealthPort: 0, Concurrency: 5000, ProcessTime: 20 * time.Millisecond, ProcessFailRate: 0.25,
		ProcessTimeout: 1500 * time.Millisecond, DrainTimeout: 20 * time.Second, LogLevel: slog.LevelDebug,
		TracesEndpoint: "https://collector:4318/base", TracesShare: 0.01,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Read = %+v, %v; want %+v", got, err, want)
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"REDIS_URL", "", "REDIS_URL is missing: expected redis://"},
		{"REDIS_URL", "http://127.0.0.1", "REDIS_URL is malformed: expected redis://"},
		{"GATEWAY_ADDR", "", "GATEWAY_ADDR is missing: expected host:port"},
		{"GATEWAY_ADDR", "localhost", "GATEWAY_ADDR is malformed: expected host:port"},
		{"GATEWAY_ADDR", "a:1,,b:2", "GATEWAY_ADDR is malformed"},
		{"GATEWAY_ADDR", "a:99999", "GATEWAY_ADDR is malformed"},
		{"GATEWAY_ADDR", "http://a:1", "GATEWAY_ADDR is malformed"},
		{"PORT_WORKER_METRICS", "65536", "PORT_WORKER_METRICS is malformed: expected an integer from 0 to 65535"},
		{"WORKER_CONCURRENCY", "0", "WORKER_CONCURRENCY is malformed: expected an integer from 1 to 5000"},
		{"WORKER_CONCURRENCY", "many", "WORKER_CONCURRENCY is malformed"},
		{"PROCESS_MS", "-1", "PROCESS_MS is malformed"},
		{"PROCESS_FAIL_RATE", "1.5", "PROCESS_FAIL_RATE is malformed: expected a number from 0 to 1"},
		{"PROCESS_FAIL_RATE", "NaN", "PROCESS_FAIL_RATE is malformed"},
		{"PROCESS_TIMEOUT_MS", "0", "PROCESS_TIMEOUT_MS is malformed"},
		{"DRAIN_TIMEOUT_MS", "1s", "DRAIN_TIMEOUT_MS is malformed"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "OTEL_EXPORTER_OTLP_ENDPOINT is malformed: expected http://host:port"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://", "OTEL_EXPORTER_OTLP_ENDPOINT is malformed"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://:4318", "OTEL_EXPORTER_OTLP_ENDPOINT is malformed"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:port", "OTEL_EXPORTER_OTLP_ENDPOINT is malformed"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://collector:4317", "OTEL_EXPORTER_OTLP_ENDPOINT is malformed"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318?key=a", "OTEL_EXPORTER_OTLP_ENDPOINT is malformed"},
		{"OTEL_TRACES_SAMPLER_ARG", "1.01", "OTEL_TRACES_SAMPLER_ARG is malformed: expected a number from 0 to 1"},
		{"OTEL_TRACES_SAMPLER_ARG", "all", "OTEL_TRACES_SAMPLER_ARG is malformed"},
		{"LOG_LEVEL", "loud", "LOG_LEVEL is malformed: expected debug, info, warn or error"},
	}
	for _, test := range tests {
		t.Run(test.name+"="+test.value, func(t *testing.T) {
			variables := map[string]string{"REDIS_URL": "redis://127.0.0.1:6379", "GATEWAY_ADDR": "localhost:50051"}
			variables[test.name] = test.value
			_, err := Read(lookup(variables))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Read = %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestReadTellsAllProblemsAtOnce(t *testing.T) {
	_, err := Read(lookup(map[string]string{"PROCESS_MS": "soon", "LOG_LEVEL": "loud"}))
	if err == nil {
		t.Fatal("Read = nil, want an error")
	}
	for _, name := range []string{"REDIS_URL", "GATEWAY_ADDR", "PROCESS_MS", "LOG_LEVEL"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in %q", name, err)
		}
	}
}

func TestSecretsStayOutOfLogAndErrors(t *testing.T) {
	const secretURL = "redis://worker:hunter2@cache:6379/0?password=hunter2"
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("start", "config", Config{RedisURL: secretURL})
	if strings.Contains(out.String(), "hunter2") || !strings.Contains(out.String(), "cache:6379") {
		t.Errorf("logged %s", out.String())
	}
	_, err := Read(lookup(map[string]string{
		"REDIS_URL": "http://worker:hunter2@cache", "GATEWAY_ADDR": "a:1",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://worker:hunter2@collector:4318",
	}))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Read = %v", err)
	}
}
