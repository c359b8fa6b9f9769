package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"testing"

	"orders/worker/internal/collectortest"
)

// BenchmarkWorker works off a backlog of b.N orders by a worker process of its own, so that its processor time and its
// memory can be told from those of the scripted gateway. Run it with -benchtime=200000x.
func BenchmarkWorker(b *testing.B) { workOff(b, "LOG_LEVEL=warn") }

// BenchmarkTracedWorker is BenchmarkWorker with every order traced, which is more than can be exported.
func BenchmarkTracedWorker(b *testing.B) {
	workOff(b, "LOG_LEVEL=warn", "OTEL_EXPORTER_OTLP_ENDPOINT="+collectortest.Start(b).URL)
}

// BenchmarkWorkerWithoutACollector is BenchmarkTracedWorker while nobody takes the spans.
func BenchmarkWorkerWithoutACollector(b *testing.B) {
	workOff(b, "LOG_LEVEL=error", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:9")
}

func workOff(b *testing.B, environment ...string) {
	b.Helper()
	s := newSystem(b)
	s.gateway.ForgetCalls()
	s.enqueue(b.N)
	b.ResetTimer()
	worker := s.start(environment...)
	await(b, "all orders completed", func() bool { return s.gateway.Completed() == b.N })
	b.StopTimer()
	peak := peakMemory(b, worker.cmd.Process.Pid)
	worker.signal(syscall.SIGTERM)
	if code := worker.awaitExit(); code != 0 {
		b.Errorf("exit code %d", code)
	}
	cpu := worker.cmd.ProcessState.UserTime() + worker.cmd.ProcessState.SystemTime()
	b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-µs/order")
	b.ReportMetric(peak, "peak-MiB")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
}

// peakMemory is the most that the process had resident so far, in MiB. The usage that the system tells of after the end of
// a process includes its parent's.
func peakMemory(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0 // not Linux
	}
	match := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if match == nil {
		b.Fatal("no VmHWM in the process' status")
	}
	kibibytes, err := strconv.Atoi(string(match[1]))
	if err != nil {
		b.Fatal(err)
	}
	return float64(kibibytes) / 1024
}
