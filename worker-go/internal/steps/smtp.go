package steps

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"orders/worker/internal/config"
	"orders/worker/internal/process"
)

const (
	smtpURLForm = "smtp://[user:password@]host[:587], which asks for STARTTLS but on this machine, or smtps://[user:password@]host[:465]"
	// goodbyeTime bounds the end of a session whose mail was accepted.
	goodbyeTime = time.Second
)

// mailServer is where mails are handed in.
type mailServer struct {
	host, address  string
	user, password string
	// isTLS: TLS from the first byte (RFC 8314). needsStartTLS: TLS before anything else is said (RFC 3207).
	isTLS, needsStartTLS bool
	tls                  *tls.Config
}

func readMailServer(s *Settings, setting string) *mailServer {
	text := s.Required(setting, smtpURLForm)
	if text == "" {
		return nil
	}
	ports := map[string]string{"smtp": "587", "smtps": "465"}
	parsed, err := url.Parse(text)
	if err != nil || ports[parsed.Scheme] == "" || parsed.Hostname() == "" || strings.Trim(parsed.Path, "/") != "" ||
		parsed.RawQuery != "" || parsed.Fragment != "" {
		s.Malformed(setting, smtpURLForm) // without the text, which has the password
		return nil
	}
	port := parsed.Port()
	if port == "" {
		port = ports[parsed.Scheme]
	}
	address := net.JoinHostPort(parsed.Hostname(), port)
	password, _ := parsed.User.Password()
	isTLS := parsed.Scheme == "smtps"
	return &mailServer{
		host: parsed.Hostname(), address: address, user: parsed.User.Username(), password: password,
		isTLS: isTLS, needsStartTLS: !isTLS && !config.IsLoopback(address),
		tls: &tls.Config{ServerName: parsed.Hostname(), MinVersion: tls.VersionTLS12},
	}
}

// send hands the mail in, in a session of its own. It returns nil once the server has accepted it. An answer of 5yz is a
// permanent error, one of 4yz and a connection that breaks are retryable ones.
func (m *mailServer) send(ctx context.Context, from, to string, message *gomail.Msg) error {
	conn, err := m.dial(ctx)
	if err != nil {
		return why(ctx, "connecting", err)
	}
	defer conn.Close()
	// The session itself heeds no context.
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	client, err := m.begin(conn)
	if err != nil {
		return why(ctx, "beginning", err)
	}
	if err := client.Mail(angle(from)); err != nil {
		return why(ctx, "naming the sender", err)
	}
	if err := client.Rcpt(angle(to)); err != nil {
		return why(ctx, "naming the recipient", err)
	}
	if err := handIn(client, message); err != nil {
		return why(ctx, "handing in the mail", err)
	}
	// It is accepted: whatever the goodbye comes to changes nothing, and an error would only send it again.
	_ = conn.SetDeadline(time.Now().Add(goodbyeTime))
	_ = client.Quit()
	return nil
}

func (m *mailServer) dial(ctx context.Context) (net.Conn, error) {
	if m.isTLS {
		return (&tls.Dialer{Config: m.tls}).DialContext(ctx, "tcp", m.address)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", m.address)
}

// begin brings a session to where a mail can be handed in: greeted, encrypted and logged in.
func (m *mailServer) begin(conn net.Conn) (*smtp.Client, error) {
	client, err := smtp.NewClient(conn, m.host)
	if err != nil {
		return nil, err
	}
	if name, err := os.Hostname(); err == nil {
		if err := client.Hello(name); err != nil {
			return nil, err
		}
	}
	if m.needsStartTLS {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return nil, errors.New("the server offers no STARTTLS, and without it nothing is said beyond this machine")
		}
		if err := client.StartTLS(m.tls); err != nil {
			return nil, err
		}
	}
	if m.user == "" {
		return client, nil
	}
	return client, m.logIn(client)
}

// logIn shows user and password. The connection is encrypted by now, or does not leave this machine.
func (m *mailServer) logIn(client *smtp.Client) error {
	_, offered := client.Extension("AUTH")
	mechanisms := strings.Fields(offered)
	switch {
	case slices.Contains(mechanisms, "PLAIN"):
		return client.Auth(smtp.PlainAuth("", m.user, m.password, m.host, true))
	case slices.Contains(mechanisms, "LOGIN"):
		return client.Auth(smtp.LoginAuth(m.user, m.password, m.host, true))
	}
	return fmt.Errorf("the server offers neither AUTH PLAIN nor AUTH LOGIN, but %q", offered)
}

func handIn(client *smtp.Client, message *gomail.Msg) error {
	data, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := message.WriteTo(data); err != nil {
		return err
	}
	return data.Close()
}

// angle is an address as SMTP's commands have it.
func angle(address string) string {
	return (&mail.Address{Address: address}).String()
}

// why is what went wrong: the server's answer, the end of the context, or what became of the connection.
func why(ctx context.Context, doing string, err error) error {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		err = fmt.Errorf("%s: the mail server answered %d: %s", doing, answer.Code, quote(answer.Msg))
		if answer.Code >= 500 {
			return process.Permanent(err)
		}
		return err
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
