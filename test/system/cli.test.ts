import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { freePort } from "../../infra/local/ports.ts";
import { type Ended, runOrders, runShell } from "../harness/cli.ts";
import { killAtWork } from "../harness/kills.ts";
import { countByStatus, rows, storedHistory } from "../harness/orders.ts";
import { useSystem } from "../harness/system.ts";
import { until } from "../harness/until.ts";

const key = "a-key-of-the-tests";
const system = useSystem({
  API_KEYS: `tests:${createHash("sha256").update(key).digest("hex")}`,
  // Short, so that what a killed worker held is soon taken up again.
  LEASE_MS: "1500",
  PROCESS_MS: "20",
});

const settings = () => ({ PORT_HTTP: system.env.PORT_HTTP ?? "", ORDERS_API_KEY: key });
/** Runs the operators' CLI against the system, unless told otherwise. */
const orders = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runOrders(args, { ...settings(), ...env });

const unknownId = "019aac53-1234-7000-8000-0123456789ab";
const nextYear = new Date(Date.now() + 300 * 86_400_000).toISOString();

/** Creates an order by command line, and answers its id. */
async function create(...options: readonly string[]): Promise<string> {
  const { stdout } = await orders(["create", "--item", "Laptop", "--price", "1299.99", "--json", ...options]);
  return JSON.parse(stdout).id;
}

const documents = ({ stdout }: Ended) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("an order", () => {
  test("is created, and its id is told, with how to follow it", async () => {
    const { code, stdout, stderr } = await orders([
      "create",
      "--item",
      "Laptop",
      "--quantity",
      "2",
      "--price",
      "1299.99",
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36} {2}pending\n$/) });
    expect(stderr).toBe(`Follow it: npm run orders -- watch ${stdout.slice(0, 36)}\n`);
  });

  test("is created once under an idempotency key", async () => {
    const id = await create("--idempotency-key", "cart-4711");
    const words = ["create", "--item", "Laptop", "--price", "1299.99", "--idempotency-key", "cart-4711"];
    const { stdout, stderr } = await orders(words);
    expect(stdout).toBe(`${id}  pending\n`);
    expect(stderr).toMatch(/^It was created before under this idempotency key/);
    const refused = await orders([...words, "--quantity", "3"]);
    expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/^422 The idempotency key/) });
  });

  test("is followed until it has ended, and then shown with its history", async () => {
    const id = await create();
    const watched = await orders(["watch", id]);
    const history = [
      [/Z {2} +pending {5}created$/, "its creation"],
      [/Z {2} +\+\d+ ms {2}processing {2}attempt 1, \S+$/, "its claim"],
      [/Z {2} +\+\d+ ms {2}completed {3}attempt 1, \S+$/, "its completion"],
    ] as const;
    const lines = watched.stdout.trimEnd().split("\n");
    expect(lines.slice(0, 3)).toEqual([
      expect.stringMatching(new RegExp(`^${id} {2}[a-z]+$`)),
      expect.stringMatching(/^1 × Laptop at 1,299\.99, created \d/),
      "",
    ]);
    expect(lines).toHaveLength(6);
    for (const [index, [line, what]] of history.entries()) expect(lines[3 + index], what).toMatch(line);
    expect(watched).toMatchObject({ code: 0, stderr: "" });

    const shown = await orders(["show", id]);
    expect(shown.stdout.split("\n").slice(2)).toEqual(watched.stdout.split("\n").slice(2));
    expect(shown.stdout).toMatch(new RegExp(`^${id} {2}completed\n`));
    expect(JSON.parse((await orders(["show", id, "--json"])).stdout)).toMatchObject({ id, status: "completed" });
    const why = await orders(["why", id]);
    expect(why.stdout.split("\n")).toEqual([
      ...[
        `${id}  completed`,
        expect.stringMatching(/^where {4}Completed at .*\.$/),
        "next     Nothing: it is done.",
        "",
      ],
    ]);
    const documentsOfHistory = documents(await orders(["watch", id, "--json"]));
    expect(documentsOfHistory.map(({ status }) => status)).toEqual(["pending", "processing", "completed"]);
  });

  test("is cancelled while it waits for its time, which ends whoever watches it with 1", async () => {
    const id = await create("--run-at", nextYear);
    const watching = orders(["watch", id]);
    expect((await orders(["show", id])).stdout).toContain(`not before ${nextYear}, in 300 days`);
    expect((await orders(["why", id])).stdout).toMatch(
      new RegExp(`\nnext {5}It goes .*\nby {7}${nextYear}, in 300 days\n$`),
    );
    expect(JSON.parse((await orders(["why", id, "--json"])).stdout)).toMatchObject({
      id,
      nextAt: nextYear,
      troubles: [],
    });
    expect(await orders(["cancel", id])).toEqual({ code: 0, stdout: `${id}  cancelled\n`, stderr: "" });
    expect(await watching).toMatchObject({ code: 1, stdout: expect.stringMatching(/cancelled$/m) });
    const completed = await create();
    await orders(["watch", completed]);
    const refused = await orders(["cancel", completed]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^409 .*completed cannot be cancelled/) });
  });

  test.each(["show", "watch", "why", "cancel"])("that is not there fails %s", async (command) => {
    const { code, stdout, stderr } = await orders([command, unknownId]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^404 There is no such order/);
  });
});

describe("orders are listed", () => {
  test("as a table, the newest first, by status, item and number", async () => {
    await create("--item", "Ämtliche Laterne", "--run-at", nextYear);
    const newest = await create("--item", "Two laterne", "--run-at", nextYear);
    const { code, stdout, stderr } = await orders(["list", "--limit", "1", "--item", "LATERNE"]);
    const [head, row, ...rest] = stdout.split("\n");
    expect(head).toMatch(/^id {36}status {6}attempt {2}created {2,}quantity {2,}price {2}item$/);
    expect(row).toMatch(new RegExp(`^${newest} {2}scheduled {2} .*1,299\\.99 {2}Two laterne$`));
    expect({ code, rest, stderr }).toEqual({
      ...{ code: 0, rest: [""], stderr: "There are more: --limit or --all shows them.\n" },
    });
    const all = JSON.parse(
      (await orders(["list", "--status", "scheduled", "--item", "laterne", "--all", "--json"])).stdout,
    );
    expect(all.map(({ item }: { item: string }) => item).toSorted()).toEqual(["Two laterne", "Ämtliche Laterne"]);
  });

  test("and when there are none, that is said", async () => {
    expect(await orders(["list", "--status", "failed"])).toEqual({
      ...{ code: 0, stdout: "", stderr: "There are no such orders.\n" },
    });
    expect((await orders(["list", "--status", "failed", "--json"])).stdout).toBe("[\n]\n");
  });
});

test("stats and top tell how the system stands", async () => {
  const { stdout } = await orders(["stats"]);
  expect(stdout).toMatch(/^completed +\d+$/m);
  expect(stdout).toMatch(/^queue {7}0 waiting/m);
  expect(stdout).toMatch(/^workers {5}\S+ \(seen /m);
  expect(stdout).toMatch(/^latency {5}p50 .* from created to completed, of the newest \d+ completed orders?$/m);
  expect(JSON.parse((await orders(["stats", "--json"])).stdout).counts.failed).toBe(0);
  const looks = documents(await orders(["top", "--count", "2", "--json"]));
  expect(looks).toEqual([1, 2].map(() => expect.objectContaining({ failures: [], stats: expect.anything() })));
  const lines = (await orders(["top", "--count", "2"])).stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/^20\S+Z {2}.*completed \d+ {2}failed 0 {2}queue 0/);
});

describe("load", () => {
  /** Runs a load, with something done meanwhile when so many of its orders are completed. */
  async function load(words: readonly string[], completed: number, meanwhile: () => Promise<void>) {
    const before = (await countByStatus(system.database)).completed ?? 0;
    const loading = orders(["load", "--json", ...words]);
    await until("orders are completed", async () => {
      return ((await countByStatus(system.database)).completed ?? 0) - before >= completed;
    });
    await meanwhile();
    const { code, stdout, stderr } = await loading;
    return { code, report: JSON.parse(stdout), stderr };
  }

  test("finds nothing lost when the worker is killed meanwhile", async () => {
    let killed = 0;
    const { code, report } = await load(["--rate", "200", "--seconds", "5", "--item", "Killed"], 200, async () => {
      killed = await killAtWork(system);
    });
    expect(await system.pid("worker")).not.toBe(killed);
    const verdicts = {
      completed: 1_000,
      lost: 0,
      completedTwice: 0,
      changed: 0,
      failed: 0,
      cancelled: 0,
      unfinished: 0,
    };
    expect(report).toMatchObject({ sent: 1_000, acknowledged: 1_000, refused: 0, unanswered: 0, verdicts, amiss: [] });
    expect(code).toBe(0);
    const attempts = await rows(
      system.database,
      "SELECT COUNT(*) AS count FROM orders WHERE item = 'Killed' AND attempt > 1",
    );
    expect(attempts).not.toEqual([{ count: 0 }]);
  });

  test("names what is amiss, and fails", async () => {
    const words = ["--rate", "50", "--seconds", "3", "--item", "Tampered"];
    let tampered: readonly string[] = [];
    const { code, report } = await load(words, 10, async () => {
      tampered = await tamper();
    });
    const [deleted, changed, doubled] = tampered;
    expect(code).toBe(1);
    expect(report.verdicts).toMatchObject({ completed: 147, lost: 1, changed: 1, completedTwice: 1 });
    expect(report.amiss).toContainEqual({ id: deleted, verdict: "lost", detail: "the API knows no such order" });
    expect(report.amiss).toContainEqual({
      id: changed,
      verdict: "changed",
      detail: expect.stringMatching(/^quantity 999999 /),
    });
    expect(report.amiss).toContainEqual({ id: doubled, verdict: "completedTwice", detail: "completed 2 times" });
  });

  /** Does behind the system's back what it promises never to do; answers the orders' ids. */
  async function tamper(): Promise<readonly string[]> {
    const completed = await rows<{ id: string }>(
      system.database,
      "SELECT BIN_TO_UUID(id) AS id FROM orders WHERE item = 'Tampered' AND status = 'completed' ORDER BY id LIMIT 3",
    );
    const [deleted = "", changed = "", doubled = ""] = completed.map(({ id }) => id);
    await rows(system.database, "DELETE FROM orders WHERE id = UUID_TO_BIN(?)", [deleted]);
    await rows(system.database, "UPDATE orders SET quantity = 999999 WHERE id = UUID_TO_BIN(?)", [changed]);
    const { length: lines } = await storedHistory(system.database, doubled);
    await rows(
      system.database,
      `INSERT INTO order_events (order_id, seq, status, attempt, at)
      SELECT order_id, seq + 1, status, attempt, at FROM order_events WHERE order_id = UUID_TO_BIN(?) AND seq = ?`,
      [doubled, lines],
    );
    await rows(system.database, "UPDATE orders SET version = version + 1 WHERE id = UUID_TO_BIN(?)", [doubled]);
    return [deleted, changed, doubled];
  }

  test("shows the latencies, and checks what was acknowledged when it is interrupted", async () => {
    // The shell's kill is the Ctrl-C of a person: the load ends long before its time.
    const { code, stdout, stderr } = await runShell(
      "$ORDERS load --rate 50 --seconds 600 & sleep 3; kill -INT $!; wait $!",
      settings(),
    );
    expect(stdout).toMatch(/^POST \/orders, .*\np50 .*, longest .*\n( +≤ .* +\d+\n)+/m);
    expect(stdout).toMatch(/^(\d+) orders acknowledged and checked: \1 completed, 0 lost, 0 completed twice\n$/m);
    expect(stderr).toContain("stopping: what was acknowledged is checked");
    expect(code).toBe(0);
  });

  test("does not load what is not of this machine, unless told so, and no more than it can keep", async () => {
    const remote = await orders(["load", "--url", "http://192.0.2.1"]);
    expect(remote).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes-remote loads it all the same") });
    const much = await orders(["load", "--rate", "5000", "--seconds", "3600"]);
    expect(much).toMatchObject({ code: 2, stderr: expect.stringContaining("more than 1,000,000 orders") });
  });
});

test("a reader that has read enough ends a command quietly", async () => {
  const command = "$ORDERS list --all --json | head -n 2; echo $" + "{PIPESTATUS[*]}";
  const { stdout, stderr } = await runShell(command, settings());
  expect({ lines: stdout.trimEnd().split("\n").length, stderr }).toEqual({ lines: 3, stderr: "" });
  expect(stdout).toMatch(/\n0 0\n$/);
});

test("there is no colour in a pipe, and on a terminal there is, unless NO_COLOR is set", async () => {
  const onTerminal = (command: string) =>
    runShell(`script -qec "$ORDERS ${command}" /dev/null`, { ...settings(), TERM: "xterm" });
  const green = "\x1b[32mcompleted";
  expect((await orders(["list"])).stdout).not.toContain("\x1b");
  expect((await onTerminal("list")).stdout).toContain(green);
  const plain = await runShell('script -qec "$ORDERS list" /dev/null', { ...settings(), TERM: "xterm", NO_COLOR: "1" });
  expect(plain.stdout).toContain("completed");
  expect(plain.stdout).not.toContain("\x1b");
  const top = (await onTerminal("top --count 2")).stdout;
  expect(top).toContain(green);
  // Up to where it began, and over it.
  expect(top.replaceAll("\x1b", "ESC")).toMatch(/ESC\[\d+AESC\[J/);
});

describe("the CLI says what to do", () => {
  test("when nothing runs", async () => {
    const { code, stderr } = await orders(["list"], { PORT_HTTP: String(await freePort()) });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^nothing answers at http:\S+ \(ECONNREFUSED\): npm start first\n$/),
    });
  });

  test("when the key is missing or wrong, and never tells it", async () => {
    const missing = await orders(["list"], { ORDERS_API_KEY: "" });
    expect(missing).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("Set the environment variable ORDERS_API_KEY"),
    });
    const wrong = await orders(["load", "--rate", "1"], { ORDERS_API_KEY: "not-this-one" });
    expect(wrong).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^401 .*is not one of this API\.\n$/s),
    });
    expect(wrong.stderr).not.toContain("not-this-one");
  });

  test("when the order is not valid", async () => {
    const { code, stderr } = await orders(["create", "--item", " ", "--quantity", "1000001", "--price", "0.001"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^422 The request is not valid:\n {2}#\/item: expected .*\n {2}#\/quantity: .*\n {2}#\/price: .*\n$/,
    );
  });
});
