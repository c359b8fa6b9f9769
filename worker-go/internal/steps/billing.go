package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"orders/worker/internal/config"
	"orders/worker/internal/order"
	"orders/worker/internal/process"
)

const (
	billingURLForm   = "https://host[:port][/path] without user and password"
	billingTokenForm = "printable ASCII characters without spaces"
	createdAtLayout  = "2006-01-02T15:04:05.000Z"
)

var bearerToken = regexp.MustCompile(`^[!-~]+$`)

// billing asks a payment service to charge for an order. The service must know an Idempotency-Key again
// (draft-ietf-httpapi-idempotency-key-header): the step asks at least once.
type billing struct {
	url    string
	token  string
	client *http.Client
}

// newBilling reads STEP_BILLING_URL, STEP_BILLING_TOKEN (empty: none is sent) and STEP_BILLING_CONNECTIONS.
func newBilling(s *Settings) process.Work {
	b := &billing{url: s.Required("URL", billingURLForm), token: s.Optional("TOKEN", "")}
	b.client = newHTTPClient(s.Integer("CONNECTIONS", 100, 1, 5000))
	if b.token != "" && !bearerToken.MatchString(b.token) {
		s.Malformed("TOKEN", billingTokenForm)
	}
	if b.url != "" {
		b.checkURL(s)
	}
	return b.work
}

// checkURL tells of a URL that is none, or that would take the token through a network for all to read.
func (b *billing) checkURL(s *Settings) {
	parsed, err := url.Parse(b.url)
	isHTTP := err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https")
	switch {
	case !isHTTP || parsed.Hostname() == "" || parsed.User != nil || parsed.Fragment != "":
		s.Malformed("URL", billingURLForm) // without the text, which may have a secret
	case parsed.Scheme == "http" && b.token != "" && !config.IsLoopback(net.JoinHostPort(parsed.Hostname(), "0")):
		s.Malformed("URL", billingURLForm+": with a STEP_BILLING_TOKEN, http:// goes to this machine only")
	}
}

// charge is what is asked for. It is the same in every attempt: a service may refuse another request under a known key.
type charge struct {
	OrderID   string `json:"orderId"`
	Item      string `json:"item"`
	Quantity  uint32 `json:"quantity"`
	Price     string `json:"price"`
	Amount    string `json:"amount"`
	CreatedAt string `json:"createdAt"`
}

// work posts the charge. See verdict for what each answer means.
func (b *billing) work(ctx context.Context, o order.Order, key string) error {
	body, err := json.Marshal(charge{
		o.ID, o.Item, o.Quantity, order.Decimal(o.PriceCents), order.Decimal(o.AmountCents()),
		o.CreatedAt.UTC().Format(createdAtLayout),
	})
	if err != nil {
		return process.Permanent(fmt.Errorf("encoding the charge: %w", err))
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("the request cannot be made of STEP_BILLING_URL")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	if b.token != "" {
		request.Header.Set("Authorization", "Bearer "+b.token)
	}
	return ask(b.client, request, b.token)
}

// newHTTPClient returns a client with so many connections at most. It follows no redirect: where an effect takes place is
// for the configuration to say.
func newHTTPClient(connections int) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			MaxConnsPerHost:        connections,
			MaxIdleConnsPerHost:    connections,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
