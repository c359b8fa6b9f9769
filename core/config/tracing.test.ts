import { describe, expect, it } from "vitest";
import { readGatewayConfig } from "./gateway.ts";

const urls = { MYSQL_URL: "mysql://orders:secret@db:3306/orders", REDIS_URL: "redis://cache:6379" };

describe("the settings of traces", () => {
  it("are off when nothing is said", () => {
    for (const OTEL_EXPORTER_OTLP_ENDPOINT of [undefined, ""]) {
      const config = readGatewayConfig({ ...urls, OTEL_EXPORTER_OTLP_ENDPOINT });
      expect(config.OTEL_EXPORTER_OTLP_ENDPOINT).toBeUndefined();
      expect(config.OTEL_TRACES_SAMPLER_ARG).toBe(1);
    }
  });

  it.each([
    ["0", 0],
    ["1", 1],
    ["1.0", 1],
    ["0.01", 0.01],
    [".5", 0.5],
  ])("take the share %s", (text, share) => {
    expect(readGatewayConfig({ ...urls, OTEL_TRACES_SAMPLER_ARG: text }).OTEL_TRACES_SAMPLER_ARG).toBe(share);
  });

  it.each(["1.5", "-1", "2", "1%", "one", "1e-2", "1.01"])("refuse the share %s", (text) => {
    expect(() => readGatewayConfig({ ...urls, OTEL_TRACES_SAMPLER_ARG: text })).toThrow(
      "OTEL_TRACES_SAMPLER_ARG is malformed: expected a share from 0 to 1, such as 0.01",
    );
  });

  it.each(["collector:4318", "grpc://collector:4317", "http://"])("refuse the endpoint %s", (text) => {
    expect(() => readGatewayConfig({ ...urls, OTEL_EXPORTER_OTLP_ENDPOINT: text })).toThrow(
      "OTEL_EXPORTER_OTLP_ENDPOINT is malformed: expected a URL that begins with http:// or https://",
    );
  });
});
