import { join } from "node:path";
import { expect, it } from "vitest";
import { readEmulatorConfig } from "./config.ts";

it("has a folder and ports of its own, beside those of npm start", () => {
  const { local, ports } = readEmulatorConfig({});
  expect(local.stateDir).toBe(join(local.root, ".orders/local-stack"));
  expect(ports).toEqual({ PORT_EMULATOR: 4566, PORT_GRPC: 0, PORT_GATEWAY_METRICS: 0, PORT_WORKER_METRICS: 0 });
});

it("takes what the environment says", () => {
  const { local, ports } = readEmulatorConfig({
    ORDERS_STATE_DIR: "/elsewhere",
    PORT_EMULATOR: "0",
    PORT_GRPC: "6000",
  });
  expect(local.stateDir).toBe("/elsewhere/local-stack");
  expect(ports).toMatchObject({ PORT_EMULATOR: 0, PORT_GRPC: 6000 });
});

it("names a malformed variable", () => {
  expect(() => readEmulatorConfig({ PORT_EMULATOR: "many" })).toThrow("PORT_EMULATOR must be a port");
});
