package gateway

import (
	"errors"
	"reflect"
	"testing"

	"google.golang.org/grpc/resolver"
)

// phonebook is DNS under the control of a test.
type phonebook struct {
	resolver.Builder
	conns   map[string]resolver.ClientConn
	closed  int
	refuses string
}

func (p *phonebook) Scheme() string { return "dns" }

func (p *phonebook) Build(target resolver.Target, cc resolver.ClientConn, _ resolver.BuildOptions) (resolver.Resolver, error) {
	if target.Endpoint() == p.refuses {
		return nil, errors.New("no such form")
	}
	p.conns[target.Endpoint()] = cc
	return &entry{p}, nil
}

type entry struct{ *phonebook }

func (e *entry) ResolveNow(resolver.ResolveNowOptions) {}
func (e *entry) Close()                                { e.closed++ }

// recorder is a connection that keeps what it is told.
type recorder struct {
	resolver.ClientConn
	state  resolver.State
	errors []error
}

func (r *recorder) UpdateState(state resolver.State) error { r.state = state; return nil }
func (r *recorder) ReportError(err error)                  { r.errors = append(r.errors, err) }

// servers are the endpoints that were told, as address→server name.
func (r *recorder) servers() map[string]string {
	servers := map[string]string{}
	for _, endpoint := range r.state.Endpoints {
		servers[endpoint.Addresses[0].Addr] = endpoint.Addresses[0].ServerName
	}
	return servers
}

func resolved(addresses ...string) resolver.State {
	var state resolver.State
	for _, address := range addresses {
		state.Endpoints = append(state.Endpoints, resolver.Endpoint{Addresses: []resolver.Address{{Addr: address}}})
	}
	return state
}

func TestNamesOfSeveralGatewaysEach(t *testing.T) {
	t.Parallel()
	dns, cc := &phonebook{conns: map[string]resolver.ClientConn{}}, &recorder{}
	built, err := newNames([]string{"a:1", "b:2"}, dns).Build(resolver.Target{}, cc, resolver.BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(want map[string]string) {
		t.Helper()
		if got := cc.servers(); !reflect.DeepEqual(got, want) {
			t.Errorf("told of %v, want %v", got, want)
		}
	}
	away := errors.New("DNS is away")
	dns.conns["a:1"].ReportError(away)
	if len(cc.errors) != 1 {
		t.Errorf("told of %v, want the error: no gateway is known", cc.errors)
	}
	if err := dns.conns["a:1"].UpdateState(resolved("10.0.0.1:1", "10.0.0.2:1")); err != nil {
		t.Error(err)
	}
	expect(map[string]string{"10.0.0.1:1": "a:1", "10.0.0.2:1": "a:1"})
	_ = dns.conns["b:2"].UpdateState(resolved("10.0.0.3:2"))
	expect(map[string]string{"10.0.0.1:1": "a:1", "10.0.0.2:1": "a:1", "10.0.0.3:2": "b:2"})
	_ = dns.conns["a:1"].UpdateState(resolved("10.0.0.2:1"))
	expect(map[string]string{"10.0.0.2:1": "a:1", "10.0.0.3:2": "b:2"})
	dns.conns["b:2"].ReportError(away)
	if len(cc.errors) != 1 {
		t.Errorf("told of %v although gateways are known", cc.errors)
	}
	expect(map[string]string{"10.0.0.2:1": "a:1", "10.0.0.3:2": "b:2"})
	// An error has the name looked up again soon.
	if err := dns.conns["b:2"].UpdateState(resolved()); !errors.Is(err, errNoAddress) {
		t.Errorf("a name without an address: %v", err)
	}
	expect(map[string]string{"10.0.0.2:1": "a:1"})
	built.Close()
	if dns.closed != 2 {
		t.Errorf("%d of 2 resolvers were closed", dns.closed)
	}
}

func TestANameThatCannotBeResolvedLeavesNoResolverBehind(t *testing.T) {
	t.Parallel()
	dns := &phonebook{conns: map[string]resolver.ClientConn{}, refuses: "b:2"}
	_, err := newNames([]string{"a:1", "b:2"}, dns).Build(resolver.Target{}, &recorder{}, resolver.BuildOptions{})
	if err == nil || dns.closed != 1 {
		t.Errorf("Build = %v, %d closed", err, dns.closed)
	}
}
