package order

import "testing"

func TestDecimal(t *testing.T) {
	for cents, want := range map[int64]string{
		0: "0.00", 1: "0.01", 10: "0.10", 100: "1.00", 129999: "1299.99", 999_999_999_999_000_000: "9999999999990000.00",
	} {
		if got := Decimal(cents); got != want {
			t.Errorf("Decimal(%d) = %s, want %s", cents, got, want)
		}
	}
}

func TestAmountOfTheLargestOrderIsExact(t *testing.T) {
	o := Order{Quantity: 1_000_000, PriceCents: 999_999_999_999}
	if got := Decimal(o.AmountCents()); got != "9999999999990000.00" {
		t.Errorf("amount %s", got)
	}
}
