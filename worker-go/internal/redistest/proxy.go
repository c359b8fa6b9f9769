package redistest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Proxy stands before a Redis and can take it away, as seen from whoever connects through it.
type Proxy struct {
	// URL is that of the database, through the proxy.
	URL string

	t       testing.TB
	server  string
	address string

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]struct{}
	wg       sync.WaitGroup
}

// NewProxy returns a proxy before the Redis at that URL. It ends with the test.
func NewProxy(t testing.TB, redisURL string) *Proxy {
	t.Helper()
	parsed, err := url.Parse(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{t: t, server: parsed.Host, address: "127.0.0.1:0", conns: make(map[net.Conn]struct{})}
	p.Resume()
	parsed.Host = p.address
	p.URL = parsed.String()
	t.Cleanup(p.Cut)
	return p
}

// Cut breaks all connections and refuses new ones, like a Redis that was killed.
func (p *Proxy) Cut() {
	p.mu.Lock()
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	for conn := range p.conns {
		_ = conn.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

// Resume lets connections through again.
func (p *Proxy) Resume() {
	p.t.Helper()
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listener, p.address = listener, listener.Addr().String()
	p.wg.Go(func() { p.accept(listener) })
}

func (p *Proxy) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.forward(client) })
	}
}

func (p *Proxy) forward(client net.Conn) {
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		_ = client.Close()
		return
	}
	if !p.keep(client, server) {
		return
	}
	var both sync.WaitGroup
	for _, pair := range [][2]net.Conn{{client, server}, {server, client}} {
		both.Go(func() {
			_, _ = io.Copy(pair[0], pair[1])
			_, _ = pair[0].Close(), pair[1].Close()
		})
	}
	both.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, client)
	delete(p.conns, server)
}

// keep notes the connections to be cut, unless the proxy is cut already.
func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		if p.listener == nil {
			_ = conn.Close()
			continue
		}
		p.conns[conn] = struct{}{}
	}
	return p.listener != nil
}
