// Package smtptest is a mail server for tests: it speaks SMTP on a real socket, keeps what it accepts, and refuses or hangs
// up where a test says so.
package smtptest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
)

// Mail is a mail that was accepted.
type Mail struct {
	// From and To are the envelope's, as the commands had them.
	From, To string
	// Data is the mail itself, with lines that end in CR LF.
	Data string
}

// HangUp as an answer closes the connection instead.
const HangUp = "hang up"

// Sink is the server. Its fields are set before the first connection.
type Sink struct {
	// Answer decides what a command is answered with, such as "451 come again"; "" for what a server says that takes all.
	// The end of a mail is the command "."; the connection itself is "CONNECT". Many sessions call it at once.
	Answer func(command string) string
	// User and Password are needed when they are set.
	User, Password string
	// TLS offers STARTTLS; with Implicit, TLS begins at once.
	TLS      *tls.Config
	Implicit bool
	// Mechanisms is what AUTH offers.
	Mechanisms string

	listener net.Listener
	mu       sync.Mutex
	mails    []Mail
	open     map[net.Conn]bool
	most     int
	sessions sync.WaitGroup
}

// Start serves at a free port of this machine until the test ends.
func Start(t testing.TB, set func(*Sink)) *Sink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Sink{listener: listener, Answer: func(string) string { return "" }, open: map[net.Conn]bool{}, Mechanisms: "PLAIN"}
	if set != nil {
		set(s)
	}
	go s.accept()
	t.Cleanup(func() {
		_ = listener.Close()
		s.mu.Lock()
		for conn := range s.open {
			_ = conn.Close()
		}
		s.mu.Unlock()
		s.sessions.Wait()
	})
	return s
}

// Address is host:port.
func (s *Sink) Address() string { return s.listener.Addr().String() }

// Mails is what was accepted, in order.
func (s *Sink) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// MostSessions is how many sessions there were at once.
func (s *Sink) MostSessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

// OpenSessions is how many sessions there are.
func (s *Sink) OpenSessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

func (s *Sink) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.open[conn] = true
		s.most = max(s.most, len(s.open))
		s.mu.Unlock()
		s.sessions.Go(func() {
			(&session{sink: s, conn: conn}).serve()
			s.mu.Lock()
			delete(s.open, conn)
			s.mu.Unlock()
			_ = conn.Close()
		})
	}
}

// session is one connection.
type session struct {
	sink             *Sink
	conn             net.Conn
	text             *textproto.Conn
	isTLS, isTrusted bool
	mail             Mail
}

func (s *session) serve() {
	if s.sink.Implicit {
		s.encrypt()
	}
	s.text = textproto.NewConn(s.conn)
	if !s.say("CONNECT", "220 sink") {
		return
	}
	for {
		line, err := s.text.ReadLine()
		if err != nil || !s.handle(line) {
			return
		}
	}
}

// handle answers a command and tells whether the session goes on.
func (s *session) handle(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		return s.say(line, s.greeting())
	case "STARTTLS":
		if !s.say(line, "220 go on") {
			return false
		}
		s.encrypt()
		s.text = textproto.NewConn(s.conn)
		return true
	case "AUTH":
		return s.say(line, s.logIn(rest))
	case "MAIL":
		if s.sink.User != "" && !s.isTrusted {
			return s.say(line, "530 log in first")
		}
		s.mail = Mail{From: rest}
		return s.say(line, "250 ok")
	case "RCPT":
		s.mail.To = rest
		return s.say(line, "250 ok")
	case "DATA":
		return s.take()
	case "QUIT":
		s.say(line, "221 bye")
		return false
	default:
		return s.say(line, "250 ok")
	}
}

func (s *session) greeting() string {
	lines := "250-sink\r\n"
	if s.sink.TLS != nil && !s.isTLS {
		lines += "250-STARTTLS\r\n"
	}
	if s.sink.User != "" {
		lines += "250-AUTH " + s.sink.Mechanisms + "\r\n"
	}
	return lines + "250 8BITMIME"
}

// take reads a mail to its end and keeps it when it is accepted: an answer that hangs up has accepted it before.
func (s *session) take() bool {
	answer := s.sink.Answer("DATA")
	if answer != "" {
		return s.reply(answer)
	}
	if !s.reply("354 go on") {
		return false
	}
	data, err := io.ReadAll(s.text.DotReader())
	if err != nil {
		return false
	}
	s.mail.Data = strings.ReplaceAll(string(data), "\n", "\r\n")
	answer = s.sink.Answer(".")
	if answer == "" || answer == HangUp {
		s.sink.mu.Lock()
		s.sink.mails = append(s.sink.mails, s.mail)
		s.sink.mu.Unlock()
	}
	if answer == "" {
		answer = "250 kept"
	}
	return s.reply(answer)
}

// logIn checks AUTH PLAIN, and LOGIN with its two questions.
func (s *session) logIn(rest string) string {
	mechanism, initial, _ := strings.Cut(rest, " ")
	shown := []string{"", "", ""}
	if mechanism == "PLAIN" {
		shown = strings.Split(decode(initial), "\x00")
	} else {
		for i, question := range []string{"Username:", "Password:"} {
			s.reply("334 " + base64.StdEncoding.EncodeToString([]byte(question)))
			line, _ := s.text.ReadLine()
			shown[i+1] = decode(line)
		}
	}
	s.isTrusted = len(shown) == 3 && shown[1] == s.sink.User && shown[2] == s.sink.Password
	if !s.isTrusted {
		return "535 5.7.8 wrong user or password"
	}
	return "235 welcome"
}

func decode(text string) string {
	decoded, _ := base64.StdEncoding.DecodeString(text)
	return string(decoded)
}

func (s *session) encrypt() {
	s.conn, s.isTLS = tls.Server(s.conn, s.sink.TLS), true
}

// say answers a command as the test wants, or else as given.
func (s *session) say(command, answer string) bool {
	if other := s.sink.Answer(command); other != "" {
		return s.reply(other)
	}
	return s.reply(answer)
}

func (s *session) reply(answer string) bool {
	if answer == HangUp {
		return false
	}
	writer := bufio.NewWriter(s.conn)
	_, _ = fmt.Fprintf(writer, "%s\r\n", answer)
	return writer.Flush() == nil
}
