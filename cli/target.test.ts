import { expect, it } from "vitest";
import { stateDir } from "../test/harness/state-dir.ts";
import { findTarget } from "./target.ts";

const endpointOf = (stage: string, env: Readonly<Record<string, string>>) => findTarget({ stage }, env).endpoint;

it("dev is where npm start says that it runs, or at PORT_LAMBDA, or at the default port", () => {
  const running = stateDir({ started: { PORT_LAMBDA: "4711" } });
  expect(endpointOf("dev", running)).toBe("http://127.0.0.1:4711");
  expect(endpointOf("dev", { ...running, PORT_LAMBDA: "4712" })).toBe("http://127.0.0.1:4712");
  expect(endpointOf("dev", stateDir({}))).toBe("http://127.0.0.1:3002");
});

it("local is where the deployed emulator says that it runs, or at AWS_ENDPOINT_URL, or at the default port", () => {
  const running = stateDir({ emulated: { PORT_EMULATOR: "4713" } });
  expect(endpointOf("local", running)).toBe("http://127.0.0.1:4713");
  expect(endpointOf("local", { ...running, AWS_ENDPOINT_URL: "http://127.0.0.1:4714" })).toBe("http://127.0.0.1:4714");
  expect(endpointOf("local", stateDir({}))).toBe("http://127.0.0.1:4566");
});

it("any other stage is where the AWS SDK finds it, with its credentials", () => {
  expect(findTarget({ stage: "prod", region: "eu-central-1" }, stateDir({}))).toMatchObject({
    ...{ stage: "prod", region: "eu-central-1", endpoint: undefined, isLocal: false },
  });
});

it("a stage in the cloud is in the region that it is deployed to", () => {
  const regionOf = (env: Readonly<Record<string, string>>) => findTarget({ stage: "prod" }, env).region;
  expect(regionOf({ AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-2" })).toBe("eu-west-1");
  expect(regionOf({ AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-2" })).toBe("eu-west-2");
  expect(regionOf({})).toBe("us-east-1");
});

it.each(["dev", "local", "prod"])("--endpoint goes before all for %s", (stage) => {
  const env = { ...stateDir({}), PORT_LAMBDA: "1", AWS_ENDPOINT_URL: "http://127.0.0.1:2" };
  expect(findTarget({ stage, endpoint: "http://127.0.0.1:9" }, env).endpoint).toBe("http://127.0.0.1:9");
});
