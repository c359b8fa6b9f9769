import { expect, it } from "vitest";
import { functionsEnvironment, gatewayEnvironment, mysqlSettings, workerEnvironment } from "./urls.ts";

const [owner, handlers, gateway] = ["mysql://owner/orders", "mysql://handlers/orders", "mysql://gateway/orders"];
const rest = { LOG_LEVEL: "info" };

it("with users of their own, each process gets its own, and only the functions' the owner beside it", () => {
  const settings = { ...rest, ...mysqlSettings({ owner, handlers, gateway }), MYSQL_OWNER_URL: "mysql://stale/orders" };
  expect(gatewayEnvironment(settings)).toEqual({ ...rest, MYSQL_URL: gateway });
  expect(workerEnvironment(settings)).toEqual(rest);
  const urls = { MYSQL_URL: handlers, MYSQL_OWNER_URL: owner, MYSQL_GATEWAY_URL: gateway };
  expect(functionsEnvironment(settings)).toEqual({ ...rest, ...urls });
});

it("with one user for all, each but the worker gets that", () => {
  const settings = { ...rest, ...mysqlSettings({ owner }) };
  expect(settings).toEqual({ ...rest, MYSQL_URL: owner });
  expect(gatewayEnvironment(settings)).toEqual(settings);
  expect(functionsEnvironment(settings)).toEqual(settings);
  expect(workerEnvironment(settings)).toEqual(rest);
});
