package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
)

const (
	tokenForm     = "16 to 512 printable ASCII characters without spaces and commas"
	authorityForm = "PEM with the gateway's authority, the path of a file with it, or system"
)

var tokenPattern = regexp.MustCompile(`^[!-+\--~]{16,512}$`)

// token returns the first of the comma-separated tokens, which is the one to be sent: the gateway accepts the others too
// while the token is being changed, and both can be given the same line. An error never has the text.
func (r *reader) token(name string) string {
	text := r.getenv(name)
	if text == "" {
		return ""
	}
	tokens := strings.Split(text, ",")
	for i := range tokens {
		tokens[i] = strings.TrimSpace(tokens[i])
		if !tokenPattern.MatchString(tokens[i]) {
			r.malformed(name, tokenForm+", the gateway's; several are separated by commas")
			return ""
		}
	}
	return tokens[0]
}

// authority returns how the gateway's certificate is checked, or nil for plaintext.
func (r *reader) authority(name string) *tls.Config {
	text := r.getenv(name)
	if text == "" {
		return nil
	}
	if text == "system" {
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	pem := []byte(text)
	if !strings.Contains(text, "-----BEGIN ") {
		var err error
		if pem, err = os.ReadFile(text); err != nil {
			r.malformed(name, authorityForm+"; there is no file there that can be read")
			return nil
		}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		r.malformed(name, authorityForm+"; there is no CERTIFICATE in it")
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
}

func (r *reader) flag(name string) bool {
	text := r.getenv(name)
	if text != "" && text != "true" && text != "false" {
		r.malformed(name, fmt.Sprintf("true or false, got %q", text))
	}
	return text == "true"
}

// requireSecurity complains when a gateway outside of this machine would be called without a token, or with one that others
// can read on its way.
func (r *reader) requireSecurity(config Config, isPrivateNetwork bool) {
	for _, address := range config.Gateways {
		if IsLoopback(address) {
			continue
		}
		if config.GatewayToken == "" && !r.isGiven("GRPC_TOKEN") {
			r.missing("GRPC_TOKEN", fmt.Sprintf("%s, the gateway's, for %s is not on this machine", tokenForm, address))
		}
		if config.GatewayTLS == nil && !isPrivateNetwork && !r.isGiven("GRPC_TLS_CA") {
			r.missing("GRPC_TLS_CA", fmt.Sprintf("%s, for %s is not on this machine; or GRPC_PRIVATE_NETWORK=true where "+
				"something else keeps strangers out, such as Docker's network of one machine or a security group", authorityForm, address))
		}
		return
	}
}

// IsLoopback tells whether the address (host:port) is this machine's own. A name is, if it is localhost (RFC 6761).
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
