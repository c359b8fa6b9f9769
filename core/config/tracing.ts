import * as z from "zod";
import { httpUrl } from "./env.ts";

const expected = "expected a share from 0 to 1, such as 0.01";

/** The settings of traces, by OpenTelemetry's own names. */
export const tracing = {
  /** The base URL of an OpenTelemetry collector that takes OTLP over HTTP; without one nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  /** The share of orders that are traced, the same in every process. */
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0|1|0?\.\d{1,17}|[01]\.0*)$/, expected)
    .transform(Number)
    .default(1),
} as const;

const schema = z.object(tracing);

export type TracingConfig = z.output<typeof schema>;
