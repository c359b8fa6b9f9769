package order

import "strings"

const idLength = 36

// ParseID returns the lower-case form of a UUID in its 36-character text form (RFC 9562, section 4), and whether text
// is one. Any version and variant is accepted: MySQL decides whether the order exists.
func ParseID(text string) (string, bool) {
	if len(text) != idLength {
		return "", false
	}
	for i := range idLength {
		if isHyphenPlace(i) != (text[i] == '-') || !isHyphenPlace(i) && !isHexDigit(text[i]) {
			return "", false
		}
	}
	return strings.ToLower(text), true
}

func isHyphenPlace(i int) bool {
	return i == 8 || i == 13 || i == 18 || i == 23
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// TraceID is the id of the trace that all of the order's life is told in (W3C Trace Context): 32 hexadecimal digits, made of
// an id that ParseID returned, so that nothing has to carry it along.
func TraceID(id string) string {
	return strings.ReplaceAll(id, "-", "")
}
