import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { freePort, isPortFree } from "./ports.ts";

it("a free port is none that the system gives to outgoing connections", async () => {
  for (let count = 0; count < 50; count++) {
    const port = await freePort();
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_000);
    expect(await isPortFree(port)).toBe(true);
  }
});

it("a preferred port is taken where it is free, and another one where it is not", async () => {
  const preferred = await freePort();
  expect(await freePort(preferred)).toBe(preferred);
  const server = createServer().listen(preferred, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  expect(await freePort(preferred)).not.toBe(preferred);
});
