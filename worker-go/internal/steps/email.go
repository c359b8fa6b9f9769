package steps

import (
	"context"
	"fmt"
	"net/mail"
	"regexp"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"orders/worker/internal/order"
	"orders/worker/internal/process"
)

const mailboxForm = "a mailbox, such as orders@example.com or Orders <orders@example.com>"

// mailAddress is what every mail server takes, without quotes.
var mailAddress = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}$`)

// email sends a mail about an order to a mailbox of whoever runs the system: an order has no address of a customer. SMTP
// knows no idempotency: a mail that was accepted in an attempt which did not get to its report is sent again. Every mail
// about an order has the same Message-ID, made of the key, by which mail systems and people know it again.
type email struct {
	server   *mailServer
	from, to *mail.Address
	// sessions bounds how many mails are being sent at once.
	sessions chan struct{}
}

// newEmail reads STEP_EMAIL_SMTP_URL, STEP_EMAIL_FROM, STEP_EMAIL_TO and STEP_EMAIL_CONNECTIONS.
func newEmail(s *Settings) process.Work {
	e := &email{server: readMailServer(s, "SMTP_URL"), from: mailbox(s, "FROM"), to: mailbox(s, "TO")}
	e.sessions = make(chan struct{}, s.Integer("CONNECTIONS", 10, 1, 1000))
	return e.work
}

func mailbox(s *Settings, setting string) *mail.Address {
	text := s.Required(setting, mailboxForm)
	if text == "" {
		return nil
	}
	address, err := mail.ParseAddress(text)
	if err != nil || !mailAddress.MatchString(address.Address) {
		s.Malformed(setting, fmt.Sprintf("%s; got %q", mailboxForm, text))
		return nil
	}
	return address
}

// work sends the mail when one of the sessions is free.
func (e *email) work(ctx context.Context, o order.Order, key string) error {
	message, err := e.message(o, key)
	if err != nil {
		return process.Permanent(err)
	}
	select {
	case e.sessions <- struct{}{}:
		defer func() { <-e.sessions }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return e.server.send(ctx, e.from.Address, e.to.Address, message)
}

func (e *email) message(o order.Order, key string) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(e.from)
	m.ToMailAddress(e.to)
	m.Subject(fmt.Sprintf("Order %s: %d x %s", o.ID, o.Quantity, o.Item))
	m.SetMessageIDWithValue(messageID(key, e.from.Address))
	m.SetGenHeader("X-Entity-Ref-ID", key)             // Gmail shows mails with different references as conversations of their own
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answer of an absent person comes back
	m.SetBodyString(gomail.TypeTextPlain, fmt.Sprintf(
		"Order:   %s\nItem:    %s\nPieces:  %d\nPrice:   %s\nAmount:  %s\nOrdered: %s\n\nThe reference of this mail is %s: should it come twice, it is about the same order.\n",
		o.ID, o.Item, o.Quantity, order.Decimal(o.PriceCents), order.Decimal(o.AmountCents()),
		o.CreatedAt.UTC().Format(createdAtLayout), key))
	if len(m.GetFrom()) != 1 || len(m.GetTo()) != 1 {
		return nil, fmt.Errorf("no mail can be made from %s to %s", e.from, e.to)
	}
	return m, nil
}

// messageID is the same for the same key, and different for different ones: RFC 5322, section 3.6.4. A key's colon is not
// allowed there, and nothing else in a key is a dot.
func messageID(key, from string) string {
	_, domain, _ := strings.Cut(from, "@")
	return strings.ReplaceAll(key, ":", ".") + "@" + domain
}
