import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Ground } from "../ground.ts";
import { buildOrders, type OrdersOptions, type RunningOrders } from "../systems/orders.ts";
import { drainRaw } from "../systems/raw.ts";
import { type DrainRate, drains, type Meanwhile } from "./drains.ts";
import { type Growth, pointOf } from "./growth.ts";

interface Amount {
  /** Orders of a drain. */
  readonly waiting: number;
  /** How often each way is measured: in turn, so that what a busy machine does hits all alike. */
  readonly rounds: number;
}

const scrapeMs = 1_000;

/** One way to have telemetry. */
interface Way {
  readonly label: string;
  readonly system: OrdersOptions;
  readonly meanwhile?: Meanwhile;
}

/**
 * What telemetry costs a drain: metrics that nobody asks for, metrics that are scraped every second at all gateways and
 * workers, and traces of a hundredth and of all orders to a collector that throws them away.
 *
 * @param before a checkout of this project without telemetry, with its node_modules, to compare with
 */
export async function measureTelemetry(
  ground: Ground,
  before: string | undefined,
  { waiting, rounds }: Amount = { waiting: 30_000, rounds: 7 },
): Promise<Growth> {
  ground.report("telemetry: the limit");
  const raw = await drainRaw(ground, waiting);
  const collector = await discardingCollector();
  const OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const traced = (share: string) => ({ env: { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG: share } });
  const ways: readonly Way[] = [
    ...(before === undefined ? [] : [{ label: "before", system: { root: before } }]),
    { label: "off", system: {} },
    { label: "metrics", system: {}, meanwhile: scrapeEverySecond },
    { label: "traces of 1 %", system: traced("0.01") },
    { label: "traces of all", system: traced("1") },
  ];
  try {
    if (before !== undefined) await buildOrders(ground, before);
    const rates = new Map<string, DrainRate[]>(ways.map(({ label }) => [label, []]));
    for (let round = 1; round <= rounds; round++) {
      for (const { label, system, meanwhile } of ways) {
        ground.report(`telemetry: ${label}, ${round} of ${rounds}`);
        rates.get(label)?.push(...(await drains(ground, { waiting, system }, 1, meanwhile)));
      }
    }
    const points = [...rates].map(([label, measured]) => pointOf(label, measured));
    return { name: "telemetry", raw: raw.orders / raw.seconds, points };
  } finally {
    collector.closeAllConnections();
    collector.close();
  }
}

/** As Prometheus does. Fails when there are no metrics. */
function scrapeEverySecond(running: RunningOrders): () => Promise<void> {
  let problem: unknown;
  const scrape = async (url: string) => {
    const answer = await fetch(url);
    const text = await answer.text();
    if (!answer.ok || !text.includes("# TYPE orders_")) throw new Error(`${url} has no metrics: ${answer.status}`);
  };
  const scrapeAll = () => Promise.all(running.metricsUrls.map(scrape));
  const timer = setInterval(() => {
    scrapeAll().catch((error: unknown) => {
      problem ??= error;
    });
  }, scrapeMs);
  return async () => {
    clearInterval(timer);
    if (problem !== undefined) throw problem;
    // A drain may be over before the first.
    await scrapeAll();
  };
}

/** Reads what it gets and answers that all is well. */
async function discardingCollector(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume().once("end", () => response.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
