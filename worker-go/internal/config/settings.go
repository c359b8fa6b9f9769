package config

import (
	"errors"
	"time"
)

// Settings reads the variables of a part of the worker that has its own: names that begin with one prefix, such as
// STEP_BILLING_. What is wrong with them is gathered, so that all of it can be said at once. An empty variable counts as
// absent.
type Settings struct {
	prefix string
	reader reader
}

// NewSettings returns the settings whose names begin with the prefix.
func NewSettings(getenv func(string) string, prefix string) *Settings {
	return &Settings{prefix: prefix, reader: reader{getenv: getenv}}
}

// Required returns a text that must be there; empty when it is not. Expected says what it should be.
func (s *Settings) Required(setting, expected string) string {
	text, _ := s.reader.required(s.prefix+setting, expected)
	return text
}

// Optional returns a text, or the fallback.
func (s *Settings) Optional(setting, fallback string) string {
	return s.reader.text(s.prefix+setting, fallback)
}

// Integer returns a number from least to most, or the fallback.
func (s *Settings) Integer(setting string, fallback, least, most int) int {
	return s.reader.integer(s.prefix+setting, fallback, least, most)
}

// Milliseconds returns a time from least to most that is given in milliseconds, or the fallback.
func (s *Settings) Milliseconds(setting string, fallback, least, most time.Duration) time.Duration {
	return s.reader.milliseconds(s.prefix+setting, fallback, least, most)
}

// Malformed notes that a setting is not what it should be. Never quote a secret in what is expected.
func (s *Settings) Malformed(setting, expected string) {
	s.reader.malformed(s.prefix+setting, expected)
}

// Problems is all that is wrong, a line each; nil when nothing is.
func (s *Settings) Problems() error {
	return errors.Join(s.reader.problems...)
}
