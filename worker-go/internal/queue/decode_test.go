package queue

import (
	"strings"
	"testing"
	"unicode/utf8"
)

const id = "0199c0de-7abc-7def-8123-456789abcdef"

func TestDecode(t *testing.T) {
	tests := map[string]struct {
		fields map[string]any
		want   Entry
		err    string
	}{
		"complete":             {map[string]any{"orderId": id, "quantity": "2"}, Entry{OrderID: id, Quantity: 2}, ""},
		"upper case":           {map[string]any{"orderId": strings.ToUpper(id), "quantity": "2"}, Entry{OrderID: id, Quantity: 2}, ""},
		"more fields":          {map[string]any{"orderId": id, "quantity": "2", "item": "Laptop"}, Entry{OrderID: id, Quantity: 2}, ""},
		"largest quantity":     {map[string]any{"orderId": id, "quantity": "4294967295"}, Entry{OrderID: id, Quantity: 4294967295}, ""},
		"no quantity":          {map[string]any{"orderId": id}, Entry{OrderID: id, Quantity: 0}, ""},
		"quantity zero":        {map[string]any{"orderId": id, "quantity": "0"}, Entry{OrderID: id, Quantity: 0}, ""},
		"quantity negative":    {map[string]any{"orderId": id, "quantity": "-1"}, Entry{OrderID: id, Quantity: 0}, ""},
		"quantity fraction":    {map[string]any{"orderId": id, "quantity": "1.5"}, Entry{OrderID: id, Quantity: 0}, ""},
		"quantity not a text":  {map[string]any{"orderId": id, "quantity": 2}, Entry{OrderID: id, Quantity: 0}, ""},
		"no fields":            {map[string]any{}, Entry{}, "the field orderId is missing"},
		"no orderId":           {map[string]any{"quantity": "2"}, Entry{}, "the field orderId is missing"},
		"other case of name":   {map[string]any{"orderid": id}, Entry{}, "the field orderId is missing"},
		"empty orderId":        {map[string]any{"orderId": "", "quantity": "2"}, Entry{}, `the field orderId is not a UUID: ""`},
		"orderId not a UUID":   {map[string]any{"orderId": "7", "quantity": "2"}, Entry{}, `the field orderId is not a UUID: "7"`},
		"orderId very long":    {map[string]any{"orderId": strings.Repeat("x", 5000)}, Entry{}, `the field orderId is not a UUID: "` + strings.Repeat("x", 64) + `"`},
		"orderId not a string": {map[string]any{"orderId": nil}, Entry{}, "the field orderId is missing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Decode(test.fields)
			message := ""
			if err != nil {
				message = err.Error()
			}
			if got != test.want || message != test.err {
				t.Errorf("Decode = %+v, %q; want %+v, %q", got, message, test.want, test.err)
			}
		})
	}
}

func TestEncodeEntryIsCut(t *testing.T) {
	if got := encodeEntry(map[string]any{"a": "1"}); got != `{"a":"1"}` {
		t.Errorf("encodeEntry = %s", got)
	}
	got := encodeEntry(map[string]any{"a": strings.Repeat("é", entryMaxBytes)})
	if len(got) > entryMaxBytes+len("…") || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
		t.Errorf("encodeEntry is %d bytes long and ends with %q", len(got), got[len(got)-8:])
	}
}
