import { expect, it } from "vitest";

// Plain JavaScript, as serverless loads it: what is used of it is told here.
const { default: Connections } = (await import(new URL("./connections.mjs", import.meta.url).href)) as {
  default: new (serverless: object) => { hooks: { initialize: () => void } };
};

interface Stack {
  readonly maxConnections?: number;
  readonly gateways?: number;
  readonly proxy?: boolean;
  readonly reserved?: number | undefined;
}

/** What the plugin says of a stack: 40 handlers and 2 operators beside a gateway with 8 connections, unless told. */
function check({ maxConnections = 111, gateways = 1, proxy = false, ...stack }: Stack): void {
  const Environment = [{ Name: "MYSQL_CONNECTIONS", Value: "8" }];
  const ProxyTargets = { Properties: { ConnectionPoolConfigurationInfo: { MaxConnectionsPercent: 60 } } };
  const Resources = {
    Mysql: {},
    MysqlParameters: { Properties: { Parameters: { max_connections: String(maxConnections) } } },
    GatewayService: { Properties: { DesiredCount: gateways } },
    GatewayTask: { Properties: { ContainerDefinitions: [{ Environment }] } },
    ...(proxy ? { ProxyTargets } : {}),
  };
  const functions = {
    createOrder: {
      reservedConcurrency: "reserved" in stack ? stack.reserved : 40,
      environment: { MYSQL_CONNECTIONS: "1" },
      events: [{ httpApi: "POST /orders" }],
    },
    ops: { reservedConcurrency: 2 },
  };
  new Connections({ service: { functions, resources: { Resources } }, classes: { Error } }).hooks.initialize();
}

it.each<[string, Stack]>([
  ["all of them twice, and ten for people", {}],
  ["handlers behind the proxy count as what it may take: 61 + 2 × (8 + 2) + 10", { proxy: true, maxConnections: 101 }],
])("fit: %s", (_what, stack) => check(stack));

it.each<[string, Stack, string]>([
  ["one too few", { maxConnections: 110 }, "may need 110 connections, and MySQL gives 110"],
  ["another gateway", { gateways: 2 }, "may need 126 connections"],
  ["behind the proxy", { proxy: true, gateways: 3, maxConnections: 100 }, "may need 122 connections"],
  ["a function without a bound", { reserved: undefined }, "The function createOrder needs a reservedConcurrency"],
])("do not fit: %s", (_what, stack, message) => {
  expect(() => check(stack)).toThrow(message);
});

it("does not mind a stack that brings no MySQL", () => {
  const service = { functions: {}, resources: { Resources: { ArchiveBucket: {} } } };
  expect(() => new Connections({ service, classes: { Error } }).hooks.initialize()).not.toThrow();
});
