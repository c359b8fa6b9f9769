package queue

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"orders/worker/internal/redistest"
)

// trustedCertificate is one for localhost whose authority this process trusts, and no other. A process can be told whom to
// trust once only.
var trustedCertificate = sync.OnceValue(func() tls.Certificate {
	made := certificate("localhost")
	authority, err := x509.ParseCertificate(made.Certificate[0])
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	x509.SetFallbackRoots(roots)
	return made
})

func TestConnectOverTLS(t *testing.T) {
	// The fallback goes before the authorities of the machine.
	t.Setenv("GODEBUG", "x509usefallbackroots=1")
	trusted := trustedCertificate()
	redisURL, direct := redistest.New(t)

	t.Run("reads what handlers enqueue", func(t *testing.T) {
		reader, out := newReader(t, overTLS(t, redisURL, trusted))
		add(t, direct, fieldOrderID, orderID(1), fieldQuantity, "2")
		entries := readUntil(t, reader, 1)
		if entries[0].OrderID != orderID(1) {
			t.Errorf("read %v\n%s", entries[0], out)
		}
	})

	refused := map[string]struct {
		url  string
		want string
	}{
		"a server that nobody vouches for":    {overTLS(t, redisURL, certificate("localhost")), "unknown authority"},
		"a trusted certificate of other name": {strings.Replace(overTLS(t, redisURL, trusted), "localhost", "127.0.0.1", 1), "127.0.0.1"},
	}
	for name, test := range refused {
		t.Run("refuses "+name, func(t *testing.T) {
			client, err := Connect(test.url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = client.Close() })
			err = client.Ping(t.Context()).Err()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want one of %q", err, test.want)
			}
		})
	}
}

// overTLS returns the URL of a server that takes the TLS off and passes all else on to the Redis at redisURL.
func overTLS(t *testing.T, redisURL string, certificate tls.Certificate) string {
	t.Helper()
	parsed, err := url.Parse(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	t.Cleanup(open.Wait)
	t.Cleanup(func() { _ = listener.Close() })
	server := parsed.Host
	open.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() { pass(client, server) })
		}
	})
	parsed.Scheme = "rediss"
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	parsed.Host = net.JoinHostPort("localhost", port)
	return parsed.String()
}

// pass passes bytes on in both directions until either side closes.
func pass(client net.Conn, server string) {
	defer client.Close()
	upstream, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer upstream.Close()
	go func() {
		_, _ = io.Copy(upstream, client)
		_ = upstream.Close()
	}()
	_, _ = io.Copy(client, upstream)
}

// certificate makes a certificate for a server by that name, which is its own authority.
func certificate(name string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: fmt.Sprintf("%s %d", name, time.Now().UnixNano())},
		DNSNames:              []string{name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		BasicConstraintsValid: true,
		IsCA:                  true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
