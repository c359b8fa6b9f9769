package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"orders/worker/internal/order"
)

// Effect is a step that has an effect elsewhere: it posts the order to a recorder, as billing would to a payment provider.
type Effect struct {
	url      string
	workerID string
	client   *http.Client
}

// NewEffect returns a step that posts to the URL as the given worker, or does nothing when there is no URL.
func NewEffect(recorder, workerID string) (*Effect, error) {
	if recorder != "" {
		parsed, err := url.Parse(recorder)
		if err != nil || parsed.Scheme != "http" || parsed.Host == "" {
			return nil, errors.New("EFFECTS_URL is malformed: expected http://host:port[/path]")
		}
	}
	// As many connections may stay open as orders are in work at once.
	transport := &http.Transport{MaxIdleConnsPerHost: 5000}
	return &Effect{url: recorder, workerID: workerID, client: &http.Client{Transport: transport}}, nil
}

// Work posts {orderId, attempt, worker} with the key as Idempotency-Key. Any answer but a 2xx is a retryable error.
func (e *Effect) Work(ctx context.Context, o order.Order, key string) error {
	if e.url == "" {
		return nil
	}
	body, err := json.Marshal(map[string]any{"orderId": o.ID, "attempt": o.Attempt, "worker": e.workerID})
	if err != nil {
		return fmt.Errorf("encoding the effect: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("preparing the effect: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	response, err := e.client.Do(request)
	if err != nil {
		return fmt.Errorf("asking for the effect: %w", err)
	}
	// Read to its end, so that the connection can be used again.
	answer, err := io.ReadAll(io.LimitReader(response.Body, 4096))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return fmt.Errorf("the answer about the effect breaks off: %w", err)
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("the effect was answered with %d: %.200s", response.StatusCode, answer)
	}
	return nil
}
