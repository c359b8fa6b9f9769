package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"orders/worker/internal/process"
)

const (
	// quotedChars is how much of an answer's text a reason quotes.
	quotedChars = 200
	// quotedBytes is how much of an answer is read for it.
	quotedBytes = 4 << 10
	// drainedBytes is how much more is read, so that the connection can be used again.
	drainedBytes = 64 << 10
)

// ask sends a request and returns what its answer means: see verdict. Neither the URL nor the secret is in the error.
func ask(client *http.Client, request *http.Request, secret string) error {
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no answer: %w", withoutURL(request.Context(), err))
	}
	defer response.Body.Close()
	// An answer that breaks off says by its status what it says; what is missing is text.
	text, _ := io.ReadAll(io.LimitReader(response.Body, quotedBytes))
	_, _ = io.CopyN(io.Discard, response.Body, drainedBytes)
	answer := string(text)
	if secret != "" {
		answer = strings.ReplaceAll(answer, secret, "***")
	}
	return verdict(response.StatusCode, response.Header.Get("Retry-After"), answer)
}

// withoutURL is the error of a request without its URL, whose query may have a secret, or why its context ended.
func withoutURL(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}

// verdict is nil for a 2xx. An error is retryable when the server may answer otherwise the next time: 408, 425, 429, 5xx,
// and 409, which under an idempotency key says that the request is still being worked on. All else is permanent.
func verdict(status int, retryAfter, text string) error {
	if status/100 == 2 {
		return nil
	}
	said := fmt.Sprintf("answered %d", status)
	if retryAfter != "" {
		said += fmt.Sprintf(" (Retry-After: %s)", quote(retryAfter))
	}
	if status/100 == 3 {
		said += ", and redirects are not followed"
	}
	if quoted := quote(text); quoted != "" {
		said += ": " + quoted
	}
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
		return errors.New(said)
	}
	if status >= 500 {
		return errors.New(said)
	}
	return process.Permanent(errors.New(said))
}

// quote is a text of somebody else's as part of one line: cut short, without what cannot be printed.
func quote(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "\uFFFD"))
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > quotedChars {
		return string(runes[:quotedChars]) + "…"
	}
	return string(runes)
}
