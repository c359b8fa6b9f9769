package gateway

import (
	"errors"
	"fmt"
	"net/url"
	"sync"

	"google.golang.org/grpc/resolver"
)

// names resolves a list of addresses (host:port), each of which may be a DNS name of several gateways, into one list of
// endpoints. Each is known by the address that it was found by: its certificate must be for that.
type names struct {
	addresses []string
	dns       resolver.Builder
}

func newNames(addresses []string, dns resolver.Builder) *names {
	return &names{addresses: addresses, dns: dns}
}

func (n *names) target() string { return n.Scheme() + ":///gateways" }

// Scheme implements resolver.Builder.
func (n *names) Scheme() string { return "names" }

// Build implements resolver.Builder: it starts one DNS resolver for each address.
func (n *names) Build(_ resolver.Target, cc resolver.ClientConn, options resolver.BuildOptions) (resolver.Resolver, error) {
	all := &resolvers{found: &found{cc: cc, endpoints: make([][]resolver.Endpoint, len(n.addresses))}}
	for i, address := range n.addresses {
		target := resolver.Target{URL: url.URL{Scheme: n.dns.Scheme(), Path: "/" + address}}
		one, err := n.dns.Build(target, &nameConn{ClientConn: cc, found: all.found, index: i, address: address}, options)
		if err != nil {
			all.Close()
			return nil, fmt.Errorf("resolving %s: %w", address, err)
		}
		all.each = append(all.each, one)
	}
	return all, nil
}

// resolvers are the resolvers of all addresses.
type resolvers struct {
	found *found
	each  []resolver.Resolver
}

// ResolveNow implements resolver.Resolver.
func (r *resolvers) ResolveNow(options resolver.ResolveNowOptions) {
	for _, one := range r.each {
		one.ResolveNow(options)
	}
}

// Close implements resolver.Resolver.
func (r *resolvers) Close() {
	for _, one := range r.each {
		one.Close()
	}
}

// found is what the names were last resolved to.
type found struct {
	cc resolver.ClientConn

	mu        sync.Mutex // held while cc is told, so that an older list never comes after a newer one
	endpoints [][]resolver.Endpoint
}

// errNoAddress has the resolver of a name try again soon: it takes a name that does not exist for resolved.
var errNoAddress = errors.New("the name has no address")

// set notes the endpoints of one name and tells of those of all names.
func (f *found) set(index int, endpoints []resolver.Endpoint) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.endpoints[index] = endpoints
	if err := f.cc.UpdateState(resolver.State{Endpoints: f.all()}); err != nil {
		return fmt.Errorf("the names of the gateways: %w", err)
	}
	if len(endpoints) == 0 {
		return errNoAddress
	}
	return nil
}

// failed tells of an error unless gateways are known, by this name or another: those stay in use.
func (f *found) failed(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.all()) == 0 {
		f.cc.ReportError(err)
	}
}

func (f *found) all() []resolver.Endpoint {
	var all []resolver.Endpoint
	for _, endpoints := range f.endpoints {
		all = append(all, endpoints...)
	}
	return all
}

// nameConn is what the resolver of one name reports to.
type nameConn struct {
	resolver.ClientConn
	found   *found
	index   int
	address string
}

// UpdateState implements resolver.ClientConn.
func (c *nameConn) UpdateState(state resolver.State) error {
	var endpoints []resolver.Endpoint
	for _, endpoint := range state.Endpoints {
		var addresses []resolver.Address
		for _, address := range endpoint.Addresses {
			address.ServerName = c.address
			addresses = append(addresses, address)
		}
		endpoint.Addresses = addresses
		endpoints = append(endpoints, endpoint)
	}
	return c.found.set(c.index, endpoints)
}

// ReportError implements resolver.ClientConn.
func (c *nameConn) ReportError(err error) { c.found.failed(err) }
