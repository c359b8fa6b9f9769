package order

import "testing"

func TestParseID(t *testing.T) {
	const id = "0199c0de-7abc-7def-8123-456789abcdef"
	tests := map[string]struct {
		text string
		want string
		ok   bool
	}{
		"version 7":           {id, id, true},
		"upper case":          {"0199C0DE-7ABC-7DEF-8123-456789ABCDEF", id, true},
		"nil UUID":            {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000", true},
		"empty":               {"", "", false},
		"no hyphens":          {"0199c0de7abc7def8123456789abcdef", "", false},
		"braces":              {"{0199c0de-7abc-7def-8123-456789abcdef}", "", false},
		"too long":            {id + "0", "", false},
		"hyphen in the wrong": {"0199c0d-e7abc-7def-8123-456789abcdef", "", false},
		"hyphens only":        {"------------------------------------", "", false},
		"not hexadecimal":     {"0199c0de-7abc-7def-8123-456789abcdeg", "", false},
		"multi-byte":          {"0199c0de-7abc-7def-8123-456789abcdé", "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := ParseID(test.text)
			if got != test.want || ok != test.ok {
				t.Errorf("ParseID(%q) = %q, %v; want %q, %v", test.text, got, ok, test.want, test.ok)
			}
		})
	}
}
