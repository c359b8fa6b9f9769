import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { until } from "../../test/harness/until.ts";
import { Load } from "./load.ts";

it("a load that is given up sends nothing more, also of what waits for a connection", async () => {
  let requests = 0;
  const server = createServer(() => requests++).listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const givingUp = new AbortController();
  const common = { url: `http://127.0.0.1:${port}`, name: "load", rate: 1_000, seconds: 0.02 };
  const load = Load.start({ ...common, connections: 2, timeoutMs: 1_000, signal: givingUp.signal });
  await until("all are to be sent, and two are", async () => load.begun === 20 && requests === 2);
  givingUp.abort();
  await load.finished;
  expect(requests).toBe(2);
  expect(load.unanswered).toHaveLength(20);
});
