// Package collectortest is a collector of traces under the control of a test: it takes them by OTLP over HTTP.
package collectortest

import (
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Collector keeps the spans that it is sent.
type Collector struct {
	// URL is its base URL, the same after each Resume.
	URL string

	t       testing.TB
	address string
	server  *http.Server

	mu      sync.Mutex
	spans   []Span
	calls   int
	refusal int
	hold    chan struct{}
}

// Span is a span, and what it is of.
type Span struct {
	*tracepb.Span
	// Service is the service.name of its resource, Instance the service.instance.id.
	Service, Instance string
}

// Start starts a collector that stops when the test ends.
func Start(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{t: t, address: "127.0.0.1:0"}
	c.Resume()
	t.Cleanup(c.Stop)
	return c
}

// Stop takes the collector away and breaks its connections. It keeps its spans.
func (c *Collector) Stop() {
	if c.server != nil {
		_ = c.server.Close()
		c.server = nil
	}
}

// Resume brings the collector back.
func (c *Collector) Resume() {
	c.t.Helper()
	listener, err := net.Listen("tcp", c.address)
	if err != nil {
		c.t.Fatalf("listening for the collector: %v", err)
	}
	c.address = listener.Addr().String()
	c.URL = "http://" + c.address
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", c.take)
	c.server = &http.Server{Handler: mux}
	go func(server *http.Server) { _ = server.Serve(listener) }(c.server) // ends with Stop
}

// Refuse has each call answered with that status; 0: it is taken.
func (c *Collector) Refuse(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refusal = status
}

// Freeze has no call answered until the returned function is called.
func (c *Collector) Freeze() (thaw func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	hold := make(chan struct{})
	c.hold = hold
	return sync.OnceFunc(func() { close(hold) })
}

// Spans returns the spans so far.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Span(nil), c.spans...)
}

// Calls counts the calls so far, refused ones included.
func (c *Collector) Calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}

func (c *Collector) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	request := new(coltracepb.ExportTraceServiceRequest)
	if err == nil {
		err = proto.Unmarshal(body, request)
	}
	c.mu.Lock()
	c.calls++
	refusal, hold := c.refusal, c.hold
	c.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
			return
		}
	}
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case refusal != 0:
		http.Error(w, "not now", refusal)
	default:
		c.keep(request)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}
}

func (c *Collector) keep(request *coltracepb.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range request.GetResourceSpans() {
		of := make(map[string]string)
		for _, attribute := range resource.GetResource().GetAttributes() {
			of[attribute.GetKey()] = attribute.GetValue().GetStringValue()
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				c.spans = append(c.spans, Span{span, of["service.name"], of["service.instance.id"]})
			}
		}
	}
}

// Attributes returns the attributes of the span: texts and numbers.
func Attributes(span Span) map[string]any {
	attributes := make(map[string]any)
	for _, attribute := range span.GetAttributes() {
		switch value := attribute.GetValue().GetValue().(type) {
		case *commonpb.AnyValue_StringValue:
			attributes[attribute.GetKey()] = value.StringValue
		case *commonpb.AnyValue_IntValue:
			attributes[attribute.GetKey()] = value.IntValue
		default:
			attributes[attribute.GetKey()] = value
		}
	}
	return attributes
}
