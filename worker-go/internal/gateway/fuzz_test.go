package gateway

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	ordersv1 "orders/worker/gen/orders/v1"
	"orders/worker/internal/order"
)

const id = "0199c0de-7abc-7def-8123-456789abcdef"

func addAnswers(f *testing.F) {
	claimed := &ordersv1.OrderStatusResult{
		OrderId: id, Outcome: ordersv1.Outcome_OUTCOME_APPLIED, Attempt: 1, LeaseMs: 10_000,
		Status: ordersv1.OrderStatus_ORDER_STATUS_PROCESSING,
		Order:  &ordersv1.Order{Id: id, Item: "Laptop", Quantity: 2, PriceCents: 129_999, CreatedAtUnixMs: 1_700_000_000_000},
	}
	rejected := &ordersv1.OrderStatusResult{
		OrderId: id, Outcome: ordersv1.Outcome_OUTCOME_REJECTED, Detail: "another worker holds the order",
		RejectionReason: ordersv1.RejectionReason_REJECTION_REASON_HELD_BY_ANOTHER_WORKER,
	}
	strange := &ordersv1.OrderStatusResult{
		OrderId: "", Outcome: 77, RejectionReason: -1, Status: math.MaxInt32, Attempt: math.MaxUint32, LeaseMs: math.MaxUint32,
		Order: &ordersv1.Order{PriceCents: math.MinInt64, CreatedAtUnixMs: math.MinInt64},
	}
	for _, results := range [][]*ordersv1.OrderStatusResult{{}, {claimed}, {rejected, claimed}, {strange, strange}} {
		bytes, err := proto.Marshal(&ordersv1.BatchUpdateOrderStatusResponse{Results: results})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes, uint8(len(results)), true)
		f.Add(bytes, uint8(len(results)), false)
		f.Add(bytes, uint8(1), false)
	}
	f.Add([]byte{0x0a, 0x00, 0x0a, 0x00}, uint8(2), true)
	f.Add([]byte("\x0a\x02\x0a\xff"), uint8(0), false)
}

// FuzzDecodeAnswer holds that an answer is refused as a whole, or is one result for each update: one that does not say
// clearly that an update took effect counts as a rejection with a reason.
func FuzzDecodeAnswer(f *testing.F) {
	addAnswers(f)
	f.Fuzz(func(t *testing.T, bytes []byte, count uint8, isAboutThem bool) {
		var response ordersv1.BatchUpdateOrderStatusResponse
		if proto.Unmarshal(bytes, &response) != nil {
			return // grpc-go answers the call with an error
		}
		answers := response.GetResults()
		updates := make([]order.Update, count)
		isAnswer := len(answers) == len(updates)
		for i := range updates {
			updates[i].OrderID = id
			if isAboutThem && i < len(answers) {
				updates[i].OrderID = answers[i].GetOrderId()
			}
			isAnswer = isAnswer && answers[i].GetOrderId() == updates[i].OrderID
		}
		results, err := decode(updates, answers)
		if (err == nil) != isAnswer || isAnswer && len(results) != len(updates) || !isAnswer && results != nil {
			t.Fatalf("decode = %+v, %v; want it to be an answer: %v", results, err, isAnswer)
		}
		for i, result := range results {
			checkResult(t, answers[i], result)
		}
	})
}

func checkResult(t *testing.T, answer *ordersv1.OrderStatusResult, result order.Result) {
	t.Helper()
	outcome := answer.GetOutcome()
	tookEffect := outcome == ordersv1.Outcome_OUTCOME_APPLIED || outcome == ordersv1.Outcome_OUTCOME_DUPLICATE
	if result.OK() != tookEffect || (result.Reason != "") != (result.Outcome == order.Rejected) || result.Lease < 0 {
		t.Errorf("%v is read as %+v", answer, result)
	}
	if o := result.Order; (o != nil) != (answer.GetOrder() != nil) || o != nil && (o.ID != answer.GetOrderId() || o.Attempt != answer.GetAttempt()) {
		t.Errorf("%v is read as %+v, order %+v", answer, result, o)
	}
}

// FuzzEncode holds that whatever an error says, its report is a message that protobuf takes, with as much of the reason as
// the gateway keeps.
func FuzzEncode(f *testing.F) {
	for _, reason := range []string{"", "card refused", "\xff\xfe", strings.Repeat("🙂", 1_001), "é" + strings.Repeat("x", 999), strings.Repeat("x", 999) + "\xf0\x9f", "\x00"} {
		f.Add(reason, uint8(order.Fail), uint32(1))
	}
	f.Add("", uint8(order.Claim), uint32(0))
	f.Add("", uint8(255), uint32(math.MaxUint32))
	client := &Client{workerID: "worker-1"}
	f.Fuzz(func(t *testing.T, reason string, kind uint8, attempt uint32) {
		request := client.encode([]order.Update{{OrderID: id, Kind: order.Kind(kind), Attempt: attempt, Reason: reason}})
		if _, err := proto.Marshal(request); err != nil {
			t.Fatalf("the report of %q cannot be sent: %v", reason, err)
		}
		sent := request.GetUpdates()[0]
		got, whole := sent.GetReason(), strings.ToValidUTF8(reason, "\uFFFD")
		if !strings.HasPrefix(whole, got) || utf8.RuneCountInString(got) != min(utf8.RuneCountInString(whole), 1_000) {
			t.Errorf("the reason %q is sent as %q", reason, got)
		}
		isKnown := kind >= uint8(order.Claim) && kind <= uint8(order.Release)
		if (sent.GetStatus() != ordersv1.OrderStatus_ORDER_STATUS_UNSPECIFIED) != isKnown || sent.GetAttempt() != attempt {
			t.Errorf("kind %d, attempt %d are sent as %v", kind, attempt, sent)
		}
	})
}
