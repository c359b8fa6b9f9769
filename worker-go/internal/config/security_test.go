package config

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goodToken = "0123456789abcdef"

// authority is a certificate whose key nobody has: only that it is one matters.
const authority = `-----BEGIN CERTIFICATE-----
MIIBdDCCARmgAwIBAgIUAtOGh5RPuwIaZKDnTpB5755xYEQwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjMyMTI2MDZaFw0zNjExMjAyMTI2MDZa
MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS+/RNo
lxqEk8LzhW5Eup/2SGzCblNRsI1GPJL685EYUzUSxgUr+fvKLnS1XWPU2fvERCvH
khFkl0Hii9WySvw1o1MwUTAdBgNVHQ4EFgQUgs5SxYQesdow3EVniPhnYy6BO5Qw
HwYDVR0jBBgwFoAUgs5SxYQesdow3EVniPhnYy6BO5QwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNJADBGAiEAleEZFXW2rNrguR6NvBuNdrLRYbQtBYwc+gsw
94uXXrsCIQCFcOGZHPxHry4oMUP+ryQcnOs1TDOxEPBV+nQXh59JYQ==
-----END CERTIFICATE-----
`

func TestSecurityOfTheGateway(t *testing.T) {
	const outside, here = "gateway.internal:50051", "127.0.0.1:50051"
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte(authority), 0o600); err != nil {
		t.Fatal(err)
	}
	token, short := "GRPC_TOKEN="+goodToken, "GRPC_TOKEN=0123456789abcde"
	isPrivate := "GRPC_PRIVATE_NETWORK=true"
	tests := []struct {
		address, variables string
		want               []string // empty: accepted
	}{
		{here, "", nil},
		{"localhost:1,[::1]:1,127.9.9.9:1", "", nil},
		{here, token, nil},
		{here, "GRPC_TLS_CA=" + file, nil},
		{outside, "", []string{"GRPC_TOKEN is missing: expected 16 to 512", "GRPC_TLS_CA is missing: expected PEM"}},
		{outside, token, []string{"GRPC_TLS_CA is missing: expected PEM with the gateway's authority, the path of a file with it, or system, for gateway.internal:50051 is not on this machine; or GRPC_PRIVATE_NETWORK=true"}},
		{outside, isPrivate, []string{"GRPC_TOKEN is missing"}},
		{outside, "GRPC_TLS_CA=system", []string{"GRPC_TOKEN is missing"}},
		{outside, token + ";" + isPrivate, nil},
		{outside, token + ";GRPC_TLS_CA=system", nil},
		{outside, token + ";GRPC_TLS_CA=" + file, nil},
		{outside, token + ";GRPC_TLS_CA=" + authority, nil},
		{outside, token + ";GRPC_PRIVATE_NETWORK=false", []string{"GRPC_TLS_CA is missing"}},
		{here + "," + outside, token, []string{"GRPC_TLS_CA is missing"}},
		{"10.0.0.1:1", token, []string{"for 10.0.0.1:1 is not"}},
		{"127.0.0.1.example:1", token, []string{"GRPC_TLS_CA is missing"}},
		{outside, short + ";" + isPrivate, []string{"GRPC_TOKEN is malformed: expected 16 to 512 printable ASCII characters"}},
		{here, token + ",", []string{"GRPC_TOKEN is malformed"}},
		{here, "GRPC_TOKEN=0123456789abcdef 0123456789abcdef", []string{"GRPC_TOKEN is malformed"}},
		{here, "GRPC_TOKEN=0123456789abcdefé", []string{"GRPC_TOKEN is malformed"}},
		{outside, token + ";GRPC_TLS_CA=/nowhere/ca.pem", []string{"GRPC_TLS_CA is malformed: expected PEM with the gateway's authority, the path of a file with it, or system; there is no file"}},
		{outside, token + ";GRPC_TLS_CA=-----BEGIN CERTIFICATE-----", []string{"there is no CERTIFICATE in it"}},
		{here, "GRPC_PRIVATE_NETWORK=yes", []string{"GRPC_PRIVATE_NETWORK is malformed: expected true or false"}},
	}
	for _, test := range tests {
		t.Run(test.address+" "+strings.ReplaceAll(test.variables, file, "ca.pem"), func(t *testing.T) {
			variables := map[string]string{"REDIS_URL": "redis://127.0.0.1:6379", "GATEWAY_ADDR": test.address}
			for assignment := range strings.SplitSeq(test.variables, ";") {
				name, value, _ := strings.Cut(assignment, "=")
				variables[name] = value
			}
			_, err := Read(lookup(variables))
			problems := 0
			if err != nil {
				problems = strings.Count(err.Error(), "\n")
				if strings.Contains(err.Error(), "0123456789abcde") {
					t.Errorf("the error has the token: %v", err)
				}
			}
			if problems != len(test.want) {
				t.Fatalf("Read = %v, want %d problems", err, len(test.want))
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Read = %v, want %q in it", err, want)
				}
			}
		})
	}
}

func TestTheTokenStaysOutOfTheLog(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("start", "config", Config{GatewayToken: goodToken})
	if strings.Contains(out.String(), goodToken) || !strings.Contains(out.String(), `"gatewayToken":true`) {
		t.Errorf("logged %s", out.String())
	}
}
