package steps

import (
	"context"
	"strings"
	"testing"
	"time"

	"orders/worker/internal/config"
	"orders/worker/internal/order"
	"orders/worker/internal/process"
)

// laptop is an order as the gateway answers it.
var laptop = order.Order{
	ID: "01a2090f-79ac-7a03-964f-3256223620c7", Item: "Laptop", Quantity: 2, PriceCents: 129999, Attempt: 1,
	CreatedAt: time.UnixMilli(1_795_000_000_123).UTC(),
}

const (
	billingKey = "billing:01a2090f-79ac-7a03-964f-3256223620c7"
	emailKey   = "email:01a2090f-79ac-7a03-964f-3256223620c7"
)

// environment is variables as text: "A=1;B=2".
func environment(text string) func(string) string {
	variables := map[string]string{}
	for assignment := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(assignment, "=")
		variables[name] = value
	}
	return func(name string) string { return variables[name] }
}

const (
	billingURL = "STEP_BILLING_URL=https://pay.example/charges"
	mailbox1   = "STEP_EMAIL_FROM=orders@shop.example;STEP_EMAIL_TO=desk@shop.example"
	smtpURL    = "STEP_EMAIL_SMTP_URL=smtp://user:hunter2@mail.example"
)

func TestReadChoosesAndOrders(t *testing.T) {
	tests := []struct{ environment, names, timeouts string }{
		{"", "simulation", "0s"},
		{"WORKER_STEPS=", "simulation", "0s"},
		{"WORKER_STEPS=simulation;STEP_SIMULATION_TIMEOUT_MS=1500", "simulation", "1.5s"},
		{"WORKER_STEPS=billing;" + billingURL, "billing", "10s"},
		{"WORKER_STEPS= email , billing ;STEP_BILLING_TIMEOUT_MS=250;" + billingURL + ";" + mailbox1 + ";" + smtpURL, "email,billing", "10s 250ms"},
	}
	for _, test := range tests {
		t.Run(test.environment, func(t *testing.T) {
			chosen, err := Read(environment(test.environment), config.Config{})
			if err != nil || process.Names(chosen) != test.names {
				t.Fatalf("Read = %q, %v", process.Names(chosen), err)
			}
			var timeouts []string
			for _, step := range chosen {
				timeouts = append(timeouts, step.Timeout.String())
			}
			if got := strings.Join(timeouts, " "); got != test.timeouts {
				t.Errorf("time-outs %s, want %s", got, test.timeouts)
			}
			if _, err := process.Chain(chosen...); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	billing, email := "WORKER_STEPS=billing;", "WORKER_STEPS=email;"
	tests := []struct{ environment, want string }{
		{"WORKER_STEPS=biling", `WORKER_STEPS is malformed: expected names of steps, separated by commas, in their order; there are `},
		{"WORKER_STEPS=simulation,", `got ""`},
		{"WORKER_STEPS=simulation,simulation", `WORKER_STEPS is malformed: expected each step once, got "simulation" twice`},
		{"STEP_SIMULATION_TIMEOUT_MS=1s", "STEP_SIMULATION_TIMEOUT_MS is malformed: expected an integer from 1 to 86400000"},
		{"STEP_SIMULATION_TIMEOUT_MS=0", "STEP_SIMULATION_TIMEOUT_MS is malformed"},
		{billing, "STEP_BILLING_URL is missing: expected https://host"},
		{billing + "STEP_BILLING_URL=pay.example", "STEP_BILLING_URL is malformed: expected https://host"},
		{billing + "STEP_BILLING_URL=ftp://pay.example", "STEP_BILLING_URL is malformed"},
		{billing + "STEP_BILLING_URL=https://", "STEP_BILLING_URL is malformed"},
		{billing + "STEP_BILLING_URL=https://u:hunter2@pay.example", "STEP_BILLING_URL is malformed: expected https://host[:port][/path] without user"},
		{billing + "STEP_BILLING_URL=http://pay.example;STEP_BILLING_TOKEN=hunter2", "http:// goes to this machine only"},
		{billing + billingURL + ";STEP_BILLING_TOKEN=hunter2 hunter2", "STEP_BILLING_TOKEN is malformed: expected printable ASCII"},
		{billing + billingURL + ";STEP_BILLING_CONNECTIONS=0", "STEP_BILLING_CONNECTIONS is malformed: expected an integer from 1 to 5000"},
		{email + mailbox1, "STEP_EMAIL_SMTP_URL is missing: expected smtp://"},
		{email + mailbox1 + ";STEP_EMAIL_SMTP_URL=http://u:hunter2@mail.example", "STEP_EMAIL_SMTP_URL is malformed: expected smtp://"},
		{email + mailbox1 + ";STEP_EMAIL_SMTP_URL=smtp://u:hunter2@", "STEP_EMAIL_SMTP_URL is malformed"},
		{email + mailbox1 + ";STEP_EMAIL_SMTP_URL=smtp://u:hunter2@mail.example/inbox", "STEP_EMAIL_SMTP_URL is malformed"},
		{email + mailbox1 + ";STEP_EMAIL_SMTP_URL=smtp://u:hunter2@mail.example:port", "STEP_EMAIL_SMTP_URL is malformed"},
		{email + smtpURL + ";STEP_EMAIL_FROM=a@b.example", "STEP_EMAIL_TO is missing: expected a mailbox"},
		{email + smtpURL + ";STEP_EMAIL_TO=a@b.example;STEP_EMAIL_FROM=nobody", "STEP_EMAIL_FROM is malformed: expected a mailbox"},
		{email + smtpURL + ";STEP_EMAIL_TO=a@b.example;STEP_EMAIL_FROM=a@b.example\r\nBcc: c@d.example", "STEP_EMAIL_FROM is malformed"},
		{email + smtpURL + ";STEP_EMAIL_FROM=a@b.example;STEP_EMAIL_TO=a@b.example, c@d.example", "STEP_EMAIL_TO is malformed"},
		{email + smtpURL + `;STEP_EMAIL_FROM=a@b.example;STEP_EMAIL_TO="x> ORCPT=y"@b.example`, "STEP_EMAIL_TO is malformed"},
		{email + smtpURL + ";" + mailbox1 + ";STEP_EMAIL_CONNECTIONS=many", "STEP_EMAIL_CONNECTIONS is malformed"},
	}
	for _, test := range tests {
		t.Run(test.environment, func(t *testing.T) {
			_, err := Read(environment(test.environment), config.Config{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("Read = %v, want %q in it", err, test.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error has a secret: %v", err)
			}
		})
	}
}

func TestReadTellsAllProblemsAtOnce(t *testing.T) {
	_, err := Read(environment("WORKER_STEPS=audit,billing,email;STEP_BILLING_TIMEOUT_MS=soon"), config.Config{})
	if err == nil {
		t.Fatal("Read = nil, want an error")
	}
	for _, want := range append(Names(), "WORKER_STEPS", "STEP_BILLING_URL", "STEP_BILLING_TIMEOUT_MS", "STEP_EMAIL_SMTP_URL", "STEP_EMAIL_FROM", "STEP_EMAIL_TO") {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in %q", want, err)
		}
	}
}

func TestTheNameOfEveryStepMakesKeysAndVariables(t *testing.T) {
	for _, name := range Names() {
		work := func(context.Context, order.Order, string) error { return nil }
		if _, err := process.Chain(process.Step{Name: name, Work: work}); err != nil {
			t.Error(err)
		}
	}
}

func TestTheSimulationIsThatOfTheWorker(t *testing.T) {
	chosen, err := Read(environment(""), config.Config{ProcessTime: time.Millisecond, ProcessFailRate: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := chosen[0].Work(t.Context(), laptop, ""); err == nil || err.Error() != "simulated failure" {
		t.Errorf("work = %v", err)
	}
}

// make1 makes a step as the worker would, from its variables.
func make1(t *testing.T, name, variables string) process.Step {
	t.Helper()
	chosen, err := Read(environment("WORKER_STEPS="+name+";"+variables), config.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return chosen[0]
}
