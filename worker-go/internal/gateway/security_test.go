package gateway_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"orders/worker/internal/gateway"
	"orders/worker/internal/gatewaytest"
	"orders/worker/internal/order"
	"orders/worker/internal/outbox"
)

const token = "a-token-of-the-tests"

// authority signs certificates of test gateways.
type authority struct {
	t           *testing.T
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	template := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.certificate, a.key = a.sign(template, template, nil)
	return a
}

func (a *authority) sign(template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	if parentKey == nil {
		parentKey = key
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.Subject = pkix.Name{CommonName: "test"}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		a.t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return certificate, key
}

// option has a gateway show a certificate for this name or address.
func (a *authority) option(host string) grpc.ServerOption {
	a.t.Helper()
	template := &x509.Certificate{DNSNames: []string{host}}
	if ip := net.ParseIP(host); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	certificate, key := a.sign(template, a.certificate, a.key)
	shown := tls.Certificate{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}
	return grpc.Creds(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{shown}}))
}

func (a *authority) security() gateway.Security {
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	return gateway.Security{Token: token, TLS: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}}
}

// asksForToken has the gateway refuse calls without the token, as the real one does.
func asksForToken(g *gatewaytest.Gateway, calls *atomic.Int64) {
	g.Before(func(ctx context.Context, _ []gatewaytest.Update) error {
		given, _ := metadata.FromIncomingContext(ctx)
		if values := given.Get("authorization"); len(values) != 1 || values[0] != "Bearer "+token {
			return status.Error(codes.Unauthenticated, "no token")
		}
		calls.Add(1)
		return nil
	})
}

func claim(ctx context.Context, client *gateway.Client) error {
	_, err := client.Send(ctx, []order.Update{{OrderID: id(1), Kind: order.Claim}})
	return err
}

func TestEveryCallCarriesTheToken(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	for name, test := range map[string]struct {
		options  []grpc.ServerOption
		security gateway.Security
	}{
		"plaintext": {nil, gateway.Security{Token: token}},
		"TLS":       {[]grpc.ServerOption{a.option("127.0.0.1")}, a.security()},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			g := gatewaytest.Start(t, 10*time.Second, test.options...)
			asksForToken(g, &calls)
			client := prepare(t, test.security, g.Address())
			for range 3 {
				if err := await(t, client); err != nil {
					t.Fatal(err)
				}
			}
			if calls.Load() != 3 {
				t.Errorf("%d calls with the token, want 3", calls.Load())
			}
			test.security.Token = ""
			if err := await(t, prepare(t, test.security, g.Address())); !errors.Is(err, gateway.ErrNotServed) {
				t.Errorf("without a token: %v", err)
			}
		})
	}
}

// await sends a claim once the client is connected.
func await(t *testing.T, client *gateway.Client) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	if err := client.AwaitConnected(ctx); err != nil {
		t.Fatalf("not connected: %v", err)
	}
	return claim(ctx, client)
}

func TestEachGatewayIsKnownByTheAddressThatWasDialled(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	var calls [2]atomic.Int64
	byName := gatewaytest.Start(t, 10*time.Second, a.option("localhost"))
	byIP := gatewaytest.Start(t, 10*time.Second, a.option("127.0.0.1"))
	asksForToken(byName, &calls[0])
	asksForToken(byIP, &calls[1])
	_, port, _ := net.SplitHostPort(byName.Address())
	client := prepare(t, a.security(), "localhost:"+port, byIP.Address())
	for end := time.Now().Add(deadline); calls[0].Load() < 10 || calls[1].Load() < 10; {
		if time.Now().After(end) {
			t.Fatalf("calls: %d and %d", calls[0].Load(), calls[1].Load())
		}
		if err := await(t, client); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNothingIsSentToAGatewayThatCannotProveItself(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t), newAuthority(t)
	for name, test := range map[string]struct {
		options  []grpc.ServerOption
		security gateway.Security
		want     string
	}{
		"another authority":           {[]grpc.ServerOption{theirs.option("127.0.0.1")}, ours.security(), "unknown authority"},
		"another server's name":       {[]grpc.ServerOption{ours.option("localhost")}, ours.security(), "doesn't contain any IP SANs"},
		"a gateway without TLS":       {nil, ours.security(), "handshake"},
		"a gateway with TLS, we none": {[]grpc.ServerOption{ours.option("127.0.0.1")}, gateway.Security{Token: token}, "preface"},
	} {
		t.Run(name, func(t *testing.T) {
			g := gatewaytest.Start(t, 10*time.Second, test.options...)
			client := prepare(t, test.security, g.Address())
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			err := claim(ctx, client)
			// It passes when the certificate is renewed: nothing is given up.
			if err == nil || errors.Is(err, outbox.ErrRefused) || errors.Is(err, gateway.ErrNotServed) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Send = %v, want %q in it", err, test.want)
			}
			if len(g.Calls()) != 0 {
				t.Error("a call arrived")
			}
		})
	}
}
