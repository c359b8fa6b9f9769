import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isPortFree } from "../../infra/local/ports.ts";
import { isAlive } from "../../infra/local/process/identity.ts";
import { processesToldOf } from "../../infra/local/process/told-of.ts";
import { until } from "../harness/until.ts";
import { EmulatedStack, type Ended } from "./emulator-stack.ts";

const components = ["mysql", "redis", "gateway", "worker", "emulator"];
const laptop = { item: "Laptop", quantity: 2, price: 1299.99 };
/** Adds a resource that CloudFormation refuses to make. */
const brokenPlugin = `export default class Broken {
  constructor({ service }) {
    const Properties = { Name: "/x", Type: "SecureString", Value: "x" };
    this.hooks = { "after:aws:package:finalize:mergeCustomProviderResources": () => {
      const { Resources } = service.provider.compiledCloudFormationTemplate;
      Resources.Broken = { Type: "AWS::SSM::Parameter", Properties };
    } };
  }
}`;
let stack: EmulatedStack;
let first: Ended;
/** The API at an address that Node resolves, and an order that was posted at first. */
let api: string;
let orderId: string;

beforeAll(async () => {
  stack = await EmulatedStack.create();
  first = await stack.run("deploy");
  api = /http:\/\/127\.0\.0\.1:\d+\/_aws\/\S+(?=,)/.exec(first.output)?.[0] ?? "none";
});
afterAll(() => stack?.destroy());

test("what is printed after a deployment is right: what runs where, and a curl line that creates an order", async () => {
  expect(first).toMatchObject({ code: 0 });
  report("first deployment", first);
  for (const component of components) {
    expect(first.output).toMatch(new RegExp(`^${component} .* ${stack.pid(component)} .*/${component}\\.log$`, "m"));
  }
  const line = /^ {2}curl -i .*$/m.exec(first.output)?.[0] ?? "";
  const { stdout } = await promisify(execFile)("sh", ["-c", line]);
  expect(stdout).toMatch(/^HTTP\/1\.1 201 /);
  orderId = /"id":"([^"]+)"/.exec(stdout)?.[1] ?? "";
  await completed(orderId);
});

test("an order goes its whole way, and its history tells so", async () => {
  const answer = await post(laptop);
  expect(answer.status).toBe(201);
  const { id } = (await answer.json()) as { id: string };
  expect(answer.headers.get("location")).toBe(`/orders/${id}`);
  expect(await completed(id)).toMatchObject({
    ...{ ...laptop, attempt: 1 },
    history: [
      { status: "pending", attempt: 0 },
      { status: "processing", attempt: 1 },
      { status: "completed", attempt: 1 },
    ],
  });
});

test("what there is not is answered with a problem document", async () => {
  const answer = await fetch(`${api}/nothing`);
  expect(answer.status).toBe(404);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(await answer.json()).toMatchObject({ type: "urn:problem:orders:not-found", status: 404 });
});

test("the dashboard is a page with its policy", async () => {
  const answer = await fetch(`${api}/`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'sha256-/);
  expect(await answer.text()).toContain("<title>Orders</title>");
});

test("the stack's functions are invoked as in a cloud account", async () => {
  const lambda = new LambdaClient({
    endpoint: `http://127.0.0.1:${stack.settings.PORT_EMULATOR}`,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const Payload = JSON.stringify({ operation: "migrate" });
  const answer = await lambda.send(new InvokeCommand({ FunctionName: "orders-local-ops", Payload }));
  expect(answer.FunctionError).toBeUndefined();
  expect(JSON.parse(answer.Payload?.transformToString() ?? "")).toMatchObject({ migrated: true });
});

test("a second deployment brings the change within 30 s, and stops nothing but what has changed", async () => {
  const before = pids();
  const changed = `export const handler = async () => ({ statusCode: 418, body: "changed" });\n`;
  await writeFile(join(stack.sources, "functions/unknown-route.ts"), changed);
  await appendFile(join(stack.sources, "grpc-gateway/main.ts"), "// changed\n");
  const second = await stack.run("deploy");
  expect(second).toMatchObject({ code: 0, output: expect.stringContaining("gateway replaced") });
  expect(second.tookMs).toBeLessThan(30_000);
  report("second deployment", second);
  expect((await fetch(`${api}/nothing`)).status).toBe(418);
  const { gateway, ...others } = pids();
  expect(before).toMatchObject(others);
  expect(gateway).not.toBe(before.gateway);
  expect(await read(orderId)).toMatchObject({ status: "completed" });
  const { id } = (await (await post(laptop)).json()) as { id: string };
  await completed(id);
});

test("an emulator that was killed comes back with what was deployed last", async () => {
  const killed = stack.pid("emulator");
  process.kill(killed!, "SIGKILL");
  await until("the API is back", async () => (await fetch(`${api}/nothing`)).status === 418, 60_000);
  expect(stack.pid("emulator")).not.toBe(killed);
  const { id } = (await (await post(laptop)).json()) as { id: string };
  await completed(id);
});

test("a stack that cannot be deployed is complained of with its own reason, and what was deployed stays", async () => {
  const template = join(stack.sources, "serverless.yml");
  const good = await readFile(template, "utf8");
  await writeFile(join(stack.sources, "broken.mjs"), brokenPlugin);
  await writeFile(template, good.replace(/^plugins:\n/m, "plugins:\n  - ./broken.mjs\n"));
  const failed = await stack.run("deploy");
  await writeFile(template, good);
  expect(failed.code).toBe(1);
  expect(failed.output).toMatch(/UPDATE_ROLLBACK_COMPLETE: Broken: .*'SecureString' is not supported/);
  expect(failed.output).toContain("npm run remove:local to stop everything");
  expect((await fetch(`${api}/nothing`)).status).toBe(418);
});

test("a removal leaves nothing running and keeps the orders, until they are to go, too", async () => {
  const running = Object.values(pids());
  const { settings } = stack;
  const removal = await stack.run("remove");
  report("removal", removal);
  expect(removal).toMatchObject({ code: 0, output: expect.stringContaining("the orders are kept in") });
  expect(removal.output).toMatch(/^remove: done/m);
  expect(running.filter((pid) => isAlive(pid ?? 0))).toEqual([]);
  expect(processesToldOf(stack.folder)).toEqual([]);
  const ports = Object.entries(settings).filter(([name]) => name.startsWith("PORT_"));
  expect(ports).toHaveLength(4);
  for (const [, port] of ports) expect(await isPortFree(Number(port))).toBe(true);
  for (const name of ["supervisor.lock", "deploy.lock", "env", "ready"]) {
    expect(existsSync(join(stack.stack, "run", name))).toBe(false);
  }
  expect(await stack.run("remove")).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^nothing is running here/),
  });
  expect(await stack.run("remove", ["--data"])).toMatchObject({ code: 0 });
  expect(existsSync(stack.stack)).toBe(false);
  expect(await stack.run("remove")).toMatchObject({ code: 0, output: "nothing is deployed here\n" });
});

function pids(): Record<string, number | undefined> {
  return Object.fromEntries(components.map((component) => [component, stack.pid(component)]));
}

function post(order: object): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  return fetch(`${api}/orders`, { method: "POST", headers, body: JSON.stringify(order) });
}

async function read(id: string): Promise<{ status: string }> {
  return (await fetch(`${api}/orders/${id}`)).json() as Promise<{ status: string }>;
}

function completed(id: string): Promise<object> {
  return until("the order is completed", async () => {
    const order = await read(id);
    return order.status === "completed" && order;
  });
}

function report(what: string, { tookMs }: Ended): void {
  process.stdout.write(`local stack: ${what} in ${(tookMs / 1000).toFixed(1)} s\n`);
}
