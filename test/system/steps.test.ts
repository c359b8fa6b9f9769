import { afterAll, beforeAll, expect, test } from "vitest";
import { killTwice, postAtOnce } from "../harness/kills.ts";
import { countByStatus } from "../harness/orders.ts";
import { MailSink } from "../harness/partners/mail-sink.ts";
import { PaymentService } from "../harness/partners/payments.ts";
import { useSystem } from "../harness/system.ts";
import { until } from "../harness/until.ts";

const payments = await PaymentService.start();
const mails = await MailSink.start();
afterAll(() => {
  payments.close();
  mails.close();
});

const system = useSystem({
  ...{ WORKER_STEPS: "billing,email", STEP_BILLING_URL: payments.url, STEP_BILLING_TOKEN: "hunter2" },
  ...{ STEP_EMAIL_SMTP_URL: mails.url },
  ...{ STEP_EMAIL_FROM: "orders@shop.example", STEP_EMAIL_TO: "desk@shop.example" },
  // Short, so that the test is; the step's bound is long, so that no attempt fails because the machine is busy.
  ...{ LEASE_MS: "1500", RELAY_INTERVAL_MS: "50", MAX_ATTEMPTS: "6", STEP_EMAIL_TIMEOUT_MS: "50000" },
});

const refusedItem = "Gold";
let ids: string[] = [];

/** Of the orders whose id ends so, the first answer of a partner is lost on its way. */
const isUnlucky = (orderId: string) => /[01]$/.test(orderId);

beforeAll(async () => {
  payments.refuse = ({ item }) => (item === refusedItem ? "card refused" : undefined);
  const lost = new Set<string>();
  const loses = (key: string) => !lost.has(key) && lost.add(key) !== undefined;
  payments.answers = ({ orderId }) => !(isUnlucky(orderId) && loses(`billing:${orderId}`));
  mails.answers = (mail) => {
    const key = mail.get("x-entity-ref-id") ?? "";
    return !(isUnlucky(key) && loses(key));
  };
  ids = await postAtOnce(system, [...Array(299).fill("Laptop"), refusedItem]);
  await killTwice(system, async () => mails.mails.length);
});

async function completed(count: number): Promise<void> {
  await until("they are completed", async () => (await countByStatus(system.database)).completed === count, 60_000);
}

test("299 orders through billing and email are completed, though the worker is killed twice in their midst", async () => {
  await completed(299);
  expect(await countByStatus(system.database)).toEqual({ completed: 299, failed: 1 });
});

test("each is charged once, with the same request under its key, however often it was asked for", async () => {
  expect(payments.complaints).toEqual([]);
  expect([...payments.charges.keys()].toSorted()).toEqual(
    ids
      .slice(0, -1)
      .map((id) => `billing:${id}`)
      .toSorted(),
  );
  const [charged] = payments.charges.values();
  expect(charged?.charge).toMatchObject({ item: "Laptop", quantity: 2, price: "1299.99", amount: "2599.98" });
  // It was asked for again, by the killed worker's orders and those whose answer was lost: else this shows nothing.
  const again = [...payments.charges.values()].filter(({ asked }) => asked > 1);
  expect(again.length).toBeGreaterThan(ids.filter(isUnlucky).length / 2);
});

test("each has a mail, and a mail that came twice bears the same Message-ID", async () => {
  const expected = ids.slice(0, -1).map((id) => `<email.${id}@shop.example>`);
  const times = mails.timesById();
  expect([...times.keys()].toSorted()).toEqual(expected.toSorted());
  const twice = [...times.values()].filter((count) => count > 1).length;
  expect(twice).toBeGreaterThan(0);
  process.stdout.write(
    `steps: ${mails.mails.length} mails about ${times.size} orders, ${twice} of them more than once\n`,
  );
});

test("one that billing refuses is failed with its reason and no mail, and is completed by a redrive", async () => {
  const refused = ids.at(-1) ?? "";
  const reason = "billing: answered 422: card refused";
  expect((await system.get(`/orders/${refused}`)).body).toMatchObject({ status: "failed", attempt: 1, reason });
  payments.refuse = () => undefined;
  expect((await system.request(`/orders/${refused}/redrive`, { method: "POST" })).status).toBe(200);
  await completed(300);
  expect(payments.charges.get(`billing:${refused}`)).toBeDefined();
  expect(mails.timesById().get(`<email.${refused}@shop.example>`)).toBeGreaterThanOrEqual(1);
});

test("no secret is in the worker's log", async () => {
  const log = await system.log("worker");
  expect(log).toContain('"steps":"billing,email"');
  expect(log).not.toContain("hunter2");
});
