package gateway

import (
	"context"
	"crypto/tls"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// Security is how the gateways know the worker, and the worker the gateways. The zero value is neither: fit for loopback.
type Security struct {
	// Token is the secret that every call carries; empty for none.
	Token string
	// TLS checks the gateways' certificates, each against the address that was dialled; nil for plaintext.
	TLS *tls.Config
}

func (s Security) options() []grpc.DialOption {
	transport := insecure.NewCredentials()
	if s.TLS != nil {
		transport = credentials.NewTLS(s.TLS)
	}
	options := []grpc.DialOption{grpc.WithTransportCredentials(transport)}
	if s.Token != "" {
		options = append(options, grpc.WithPerRPCCredentials(bearer{token: s.Token, needsTLS: s.TLS != nil}))
	}
	return options
}

// bearer sends the token in each call's metadata (RFC 6750, section 2.1).
type bearer struct {
	token    string
	needsTLS bool
}

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + b.token}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials. Whether plaintext is safe, the configuration decides.
func (b bearer) RequireTransportSecurity() bool { return b.needsTLS }
