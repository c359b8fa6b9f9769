import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the process says of itself. */
export interface Health {
  /** Whether the process makes progress; if not, it should be started again. */
  readonly isLive: boolean;
  /** Whether it can do its work now. */
  readonly isReady: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

/** What is told to Prometheus, in its text format. */
interface Metrics {
  text(): Promise<string>;
}

/**
 * Serves `GET /livez` and `GET /readyz`: 200 when it is so, 503 when it is not, with the reasons as JSON. And
 * `GET /metrics`.
 */
export async function serveHealth(host: string, port: number, look: () => Health, metrics: Metrics): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method === "GET" && request.url === "/metrics") return void tellMetrics(response, metrics);
    const { isLive, isReady, checks } = look();
    const verdicts = new Map([
      ["/livez", isLive],
      ["/readyz", isLive && isReady],
    ]);
    const verdict = request.method === "GET" ? verdicts.get(request.url ?? "") : undefined;
    response.setHeader("Content-Type", "application/json");
    response.statusCode = verdict === undefined ? 404 : verdict ? 200 : 503;
    const body =
      verdict === undefined
        ? { title: "Not Found", detail: "GET /livez, GET /readyz or GET /metrics" }
        : { status: verdict ? "ok" : "unavailable", checks };
    response.end(`${JSON.stringify(body)}\n`);
  });
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

async function tellMetrics(response: ServerResponse, metrics: Metrics): Promise<void> {
  try {
    const text = await metrics.text();
    response.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.end(text);
  } catch (error) {
    response.statusCode = 500;
    response.end(`the metrics could not be collected: ${String(error)}\n`);
  }
}

/** The port that a server listens at. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
