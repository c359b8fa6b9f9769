package steps

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"orders/worker/internal/config"
	"orders/worker/internal/order"
	"orders/worker/internal/process"
	"orders/worker/internal/smtptest"
)

// emailTo makes the step for a sink.
func emailTo(t *testing.T, sink *smtptest.Sink, more string) process.Step {
	t.Helper()
	return make1(t, "email", "STEP_EMAIL_FROM=Orders <orders@shop.example>;STEP_EMAIL_TO=desk@shop.example;"+
		"STEP_EMAIL_SMTP_URL=smtp://"+sink.Address()+more)
}

func parse(t *testing.T, data string) *mail.Message {
	t.Helper()
	message, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	return message
}

func TestEmailIsSent(t *testing.T) {
	sink := smtptest.Start(t, nil)
	step := emailTo(t, sink, "")
	o := laptop
	o.Item = "Bücherregal, 3 Böden"
	if err := step.Work(t.Context(), o, emailKey); err != nil {
		t.Fatal(err)
	}
	got := sink.Mails()
	if len(got) != 1 || got[0].From != "FROM:<orders@shop.example> BODY=8BITMIME" || got[0].To != "TO:<desk@shop.example>" {
		t.Fatalf("mails %+v", got)
	}
	message := parse(t, got[0].Data)
	want := map[string]string{
		"From": `"Orders" <orders@shop.example>`, "To": "<desk@shop.example>", "Auto-Submitted": "auto-generated",
		"Message-ID":      "<email.01a2090f-79ac-7a03-964f-3256223620c7@shop.example>",
		"X-Entity-Ref-ID": emailKey,
	}
	for name, text := range want {
		if got := message.Header.Get(name); got != text {
			t.Errorf("%s: %s, want %s", name, got, text)
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil || subject != "Order 01a2090f-79ac-7a03-964f-3256223620c7: 2 x Bücherregal, 3 Böden" {
		t.Errorf("subject %q, %v", subject, err)
	}
	body, _ := io.ReadAll(message.Body)
	for _, text := range []string{"1299.99", "2599.98", emailKey, "2026-11-18T11:06:40.123Z", "B=C3=BCcherregal"} {
		if !bytes.Contains(body, []byte(text)) {
			t.Errorf("%s is not in %s", text, body)
		}
	}
}

func TestEveryMailAboutAnOrderHasTheSameMessageID(t *testing.T) {
	sink := smtptest.Start(t, nil)
	step := emailTo(t, sink, "")
	ids := map[string]int{}
	for attempt := range uint32(3) {
		for _, id := range []string{laptop.ID, "0199c0de-7abc-7def-8123-456789abcdef"} {
			o := laptop
			o.ID, o.Attempt = id, attempt+1
			if err := step.Work(t.Context(), o, "email:"+id); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, m := range sink.Mails() {
		ids[parse(t, m.Data).Header.Get("Message-ID")]++
	}
	if len(ids) != 2 || ids["<email."+laptop.ID+"@shop.example>"] != 3 {
		t.Errorf("Message-IDs %v", ids)
	}
}

func TestWhatAMailServersAnswerMeans(t *testing.T) {
	tests := []struct {
		command, answer, want string
		isPermanent           bool
	}{
		{"CONNECT", "421 too many sessions", "beginning: the mail server answered 421: too many sessions", false},
		{"CONNECT", "554 not you", "beginning: the mail server answered 554: not you", true},
		{"MAIL", "451 come again", "naming the sender: the mail server answered 451: come again", false},
		{"MAIL", "553 not yours", "naming the sender: the mail server answered 553: not yours", true},
		{"RCPT", "450 greylisted", "naming the recipient: the mail server answered 450: greylisted", false},
		{"RCPT", "550-5.1.1 no such\r\n550 5.1.1 mailbox", "naming the recipient: the mail server answered 550: 5.1.1 no such 5.1.1 mailbox", true},
		{"DATA", "452 disk full", "handing in the mail: the mail server answered 452: disk full", false},
		{".", "451 later", "handing in the mail: the mail server answered 451: later", false},
		{".", "554 spam", "handing in the mail: the mail server answered 554: spam", true},
		{"RCPT", smtptest.HangUp, "naming the recipient: EOF", false},
		{".", smtptest.HangUp, "handing in the mail: EOF", false},
		// What follows the acceptance must not send the mail again.
		{"QUIT", "500 what", "", false},
		{"QUIT", smtptest.HangUp, "", false},
	}
	for _, test := range tests {
		t.Run(test.command+" "+test.answer, func(t *testing.T) {
			sink := smtptest.Start(t, func(s *smtptest.Sink) {
				s.Answer = func(command string) string {
					if verb, _, _ := strings.Cut(command, " "); verb == test.command {
						return test.answer
					}
					return ""
				}
			})
			err := emailTo(t, sink, "").Work(t.Context(), laptop, emailKey)
			if reason(err) != test.want || process.IsPermanent(err) != test.isPermanent {
				t.Errorf("work = %q, permanent %v; want %q, %v", reason(err), process.IsPermanent(err), test.want, test.isPermanent)
			}
			awaitNoSession(t, sink)
		})
	}
}

// awaitNoSession waits until the step has closed its connections: none may be left behind by a failure.
func awaitNoSession(t *testing.T, sink *smtptest.Sink) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); sink.OpenSessions() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d sessions are open still", sink.OpenSessions())
		}
	}
}

// silent is a mail server that does not answer a command.
func silent(t *testing.T, silentAt string) *smtptest.Sink {
	release := make(chan struct{})
	sink := smtptest.Start(t, func(s *smtptest.Sink) {
		s.Answer = func(command string) string {
			if verb, _, _ := strings.Cut(command, " "); verb == silentAt {
				<-release
			}
			return ""
		}
	})
	t.Cleanup(func() { close(release) })
	return sink
}

func TestEmailEndsWithItsTimeAndItsContext(t *testing.T) {
	for _, command := range []string{"CONNECT", "EHLO", "RCPT", "."} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			sink := silent(t, command)
			chain, err := process.Chain(emailTo(t, sink, ";STEP_EMAIL_TIMEOUT_MS=150"))
			if err != nil {
				t.Fatal(err)
			}
			if err := chain.Process(t.Context(), laptop); reason(err) != "email: no end after 0.15 s" || process.IsPermanent(err) {
				t.Errorf("Process = %v", err)
			}
			lost := errors.New("the lease was lost")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(20*time.Millisecond, func() { cancel(lost) })
			if err := emailTo(t, sink, "").Work(ctx, laptop, emailKey); !errors.Is(err, lost) {
				t.Errorf("work = %v", err)
			}
		})
	}
}

func TestAMailServerThatIsNotThereIsRetryable(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = nobody.Close()
	step := make1(t, "email", mailbox1+";STEP_EMAIL_SMTP_URL=smtp://user:hunter2@"+nobody.Addr().String())
	err = step.Work(t.Context(), laptop, emailKey)
	if err == nil || process.IsPermanent(err) || !strings.HasPrefix(err.Error(), "connecting: ") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("work = %v", err)
	}
}

func TestEmailHasSoManySessionsAtMost(t *testing.T) {
	sink := smtptest.Start(t, nil)
	step := emailTo(t, sink, ";STEP_EMAIL_CONNECTIONS=3")
	var sent sync.WaitGroup
	for range 40 {
		sent.Go(func() {
			if err := step.Work(t.Context(), laptop, emailKey); err != nil {
				t.Error(err)
			}
		})
	}
	sent.Wait()
	// A session that the step has ended may be at the sink for a moment more.
	if most := sink.MostSessions(); most > 2*3 || len(sink.Mails()) != 40 {
		t.Errorf("%d mails, %d sessions at once", len(sink.Mails()), most)
	}
}

func TestASessionThatMustWaitEndsWithItsContext(t *testing.T) {
	e := &email{sessions: make(chan struct{}), from: &mail.Address{Address: "a@b.example"}, to: &mail.Address{Address: "a@b.example"}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.work(ctx, laptop, emailKey); !errors.Is(err, context.Canceled) {
		t.Errorf("work = %v", err)
	}
}

func TestEmailLogsIn(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5"} {
		t.Run(mechanism, func(t *testing.T) {
			sink := smtptest.Start(t, func(s *smtptest.Sink) { s.User, s.Password, s.Mechanisms = "shop", "p@ss word", mechanism })
			url := func(user string) string {
				return mailbox1 + ";STEP_EMAIL_SMTP_URL=smtp://" + user + "@" + sink.Address()
			}
			err := make1(t, "email", url("shop:p%40ss%20word")).Work(t.Context(), laptop, emailKey)
			if mechanism == "CRAM-MD5" {
				if err == nil || process.IsPermanent(err) || !strings.Contains(err.Error(), "offers neither AUTH PLAIN nor AUTH LOGIN") {
					t.Errorf("work = %v", err)
				}
				return
			}
			if err != nil || len(sink.Mails()) != 1 {
				t.Errorf("work = %v, %d mails", err, len(sink.Mails()))
			}
			err = make1(t, "email", url("shop:hunter2")).Work(t.Context(), laptop, emailKey)
			if err == nil || !process.IsPermanent(err) || !strings.Contains(err.Error(), "535") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("work = %v", err)
			}
			awaitNoSession(t, sink)
		})
	}
}

// certificate is one for 127.0.0.1, and the pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestTLS(t *testing.T) {
	trusted, pool := certificate(t)
	tests := []struct {
		name, scheme       string
		isOffered, isKnown bool
		want               string
	}{
		{"STARTTLS", "smtp", true, true, ""},
		{"STARTTLS that is not offered", "smtp", false, true, "offers no STARTTLS"},
		{"STARTTLS of a stranger", "smtp", true, false, "certificate signed by unknown authority"},
		{"TLS", "smtps", true, true, ""},
		{"TLS of a stranger", "smtps", true, false, "certificate signed by unknown authority"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sink := smtptest.Start(t, func(s *smtptest.Sink) {
				s.User, s.Password, s.Implicit = "shop", "hunter2", test.scheme == "smtps"
				if test.isOffered {
					s.TLS = &tls.Config{Certificates: []tls.Certificate{trusted}}
				}
			})
			s := &Settings{Settings: config.NewSettings(environment("URL="+test.scheme+"://shop:hunter2@"+sink.Address()), "")}
			server := readMailServer(s, "URL")
			server.needsStartTLS = test.scheme == "smtp" // as beyond this machine
			if test.isKnown {
				server.tls.RootCAs = pool
			}
			e := &email{server: server, from: &mail.Address{Address: "a@b.example"}, to: &mail.Address{Address: "c@d.example"}, sessions: make(chan struct{}, 1)}
			err := e.work(t.Context(), laptop, emailKey)
			if !strings.Contains(reason(err), test.want) || (err == nil) != (test.want == "") || process.IsPermanent(err) {
				t.Errorf("work = %v, want %q in it", err, test.want)
			}
			if sent := len(sink.Mails()); (sent == 1) != (test.want == "") {
				t.Errorf("%d mails", sent)
			}
		})
	}
}

func TestWhereStartTLSIsNeeded(t *testing.T) {
	for url, want := range map[string]string{
		"smtp://mail.example":            "mail.example:587 true false",
		"smtp://10.0.0.1:25":             "10.0.0.1:25 true false",
		"smtp://localhost:1025":          "localhost:1025 false false",
		"smtp://[::1]":                   "[::1]:587 false false",
		"smtps://mail.example":           "mail.example:465 false true",
		"smtp://localhost.evil.example/": "localhost.evil.example:587 true false",
	} {
		m := readMailServer(&Settings{Settings: config.NewSettings(environment("URL="+url), "")}, "URL")
		flag := map[bool]string{true: "true", false: "false"}
		if got := m.address + " " + flag[m.needsStartTLS] + " " + flag[m.isTLS]; got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

func TestSettingsStayOutOfTheLog(t *testing.T) {
	chosen, err := Read(environment("WORKER_STEPS=billing,email;STEP_BILLING_TOKEN=hunter2;"+billingURL+";"+mailbox1+";"+smtpURL), config.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("starting", "steps", process.Names(chosen))
	if !strings.Contains(log.String(), `"steps":"billing,email"`) || strings.Contains(log.String(), "hunter2") {
		t.Errorf("logged %s", log.String())
	}
}

// FuzzMailHasNoHeaderOfTheItems: whatever is ordered, it is text of the subject and of the body.
func FuzzMailHasNoHeaderOfTheItems(f *testing.F) {
	f.Add("Laptop\r\nBcc: everybody@elsewhere.example")
	f.Add("Laptop\r\n\r\n<html>\r\n.\r\nMAIL FROM:<x>")
	f.Add("\nX: y")
	f.Add(strings.Repeat("Bücher ", 40))
	f.Add("=?utf-8?q?=0D=0ABcc:_x?=")
	from, to := &mail.Address{Address: "orders@shop.example"}, &mail.Address{Address: "desk@shop.example"}
	allowed := map[string]bool{
		"From": true, "To": true, "Subject": true, "Date": true, "Message-Id": true, "Mime-Version": true,
		"Content-Type": true, "Content-Transfer-Encoding": true, "X-Entity-Ref-Id": true, "Auto-Submitted": true,
	}
	f.Fuzz(func(t *testing.T, item string) {
		message, err := (&email{from: from, to: to}).message(order.Order{ID: laptop.ID, Item: item, Quantity: 1}, emailKey)
		if err != nil {
			t.Fatal(err)
		}
		var data bytes.Buffer
		if _, err := message.WriteTo(&data); err != nil {
			t.Fatal(err)
		}
		for name, values := range parse(t, data.String()).Header {
			if !allowed[name] || len(values) != 1 {
				t.Errorf("%q made the header %s: %q", item, name, values)
			}
		}
	})
}
