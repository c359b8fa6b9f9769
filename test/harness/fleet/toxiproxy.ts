import { join } from "node:path";
import { StartFailure } from "../../../infra/local/failure.ts";
import { freePort } from "../../../infra/local/ports.ts";
import { lastLines, run } from "../../../infra/local/process/run.ts";
import type { ComponentSpec } from "../../../infra/local/supervisor/component.ts";

/** Which way data flows on a connection: to the server, or back to the client. */
export type Direction = "upstream" | "downstream";

/** How much slower data gets, in milliseconds. */
export interface Delay {
  readonly latency: number;
  readonly jitter: number;
}

/** Toxiproxy's API, and what the supervisor must know to run it. */
export interface ToxiproxyServer {
  readonly api: string;
  readonly spec: ComponentSpec;
}

/** Builds Toxiproxy, of the version that this folder's go.mod pins. Go's cache makes a second build fast. */
export async function buildToxiproxy(go: string, binDir: string, env: Record<string, string>): Promise<string> {
  const binary = join(binDir, "toxiproxy");
  const { code, stdout, stderr } = await run(
    go,
    ["build", "-o", binary, "github.com/Shopify/toxiproxy/v2/cmd/server"],
    { cwd: join(import.meta.dirname, "toxiproxy"), env },
  );
  if (code !== 0) throw new StartFailure(`toxiproxy does not build:\n${lastLines(stdout + stderr, 20)}`);
  return binary;
}

export async function toxiproxyServer(binary: string, folder: string, logFile: string): Promise<ToxiproxyServer> {
  const port = await freePort();
  const api = `http://127.0.0.1:${port}`;
  const ready = async () => {
    const answer = await fetch(`${api}/version`);
    if (!answer.ok) throw new Error(`toxiproxy answers ${answer.status}`);
  };
  const launch = { command: binary, args: ["-host", "127.0.0.1", "-port", String(port)] };
  return {
    api,
    spec: {
      ...{ name: "toxiproxy", launch, cwd: folder, logFile, ready, readyTimeoutMs: 20_000, graceMs: 5_000 },
      env: { LOG_LEVEL: "error" },
    },
  };
}

/** Undoes what was done, and nothing else. To do it again does nothing. */
export type Undo = () => Promise<void>;

/** One proxied way from a process to a server, which can be made to fail. */
export class Link {
  readonly name: string;
  /** Where the process finds the server: `127.0.0.1:port`. */
  readonly address: string;
  readonly #api: string;
  #cuts = 0;
  #toxics = 0;

  private constructor(api: string, name: string, address: string) {
    this.#api = api;
    this.name = name;
    this.address = address;
  }

  /** @param server `host:port` */
  static async open(api: string, name: string, server: string): Promise<Link> {
    const proxy = { name, listen: "127.0.0.1:0", upstream: server, enabled: true };
    const { listen } = (await call(`${api}/proxies`, "POST", proxy)) as { listen: string };
    return new Link(api, name, listen);
  }

  /** Ends all connections and refuses new ones, until all who have cut it have undone that. */
  async cut(): Promise<Undo> {
    this.#cuts += 1;
    const undo = once(async () => {
      if (this.#cuts === 1) await this.#change({ enabled: true });
      this.#cuts -= 1;
    });
    return orUndo(undo, () => this.#change({ enabled: false }));
  }

  /** Everything takes longer, in both directions. */
  async delay({ latency, jitter }: Delay): Promise<Undo> {
    const attributes = { latency, jitter };
    const undos = [
      await this.#poison({ type: "latency", stream: "upstream", attributes }),
      await this.#poison({ type: "latency", stream: "downstream", attributes }),
    ];
    return async () => void (await Promise.all(undos.map((undo) => undo())));
  }

  /**
   * Nothing arrives any more in one direction, and no connection ends: half-open. What is sent meanwhile is lost, and the
   * connections that lost something end when it is undone.
   */
  async halfOpen(stream: Direction): Promise<Undo> {
    return this.#poison({ type: "timeout", stream, attributes: { timeout: 0 } });
  }

  /** Leads to another server from now on; ends the connections to the one before. */
  async redirect(server: string): Promise<void> {
    await this.#change({ upstream: server });
  }

  get #url(): string {
    return `${this.#api}/proxies/${this.name}`;
  }

  async #change(change: object): Promise<void> {
    await call(this.#url, "POST", change);
  }

  async #poison(toxic: object): Promise<Undo> {
    this.#toxics += 1;
    const name = `toxic-${this.#toxics}`;
    await call(`${this.#url}/toxics`, "POST", { name, ...toxic });
    return once(async () => void (await call(`${this.#url}/toxics/${name}`, "DELETE")));
  }
}

/** Does it once; when that fails, it is still to be done. */
function once(work: () => Promise<void>): Undo {
  let isDone = false;
  return async () => {
    if (isDone) return;
    isDone = true;
    try {
      await work();
    } catch (error) {
      isDone = false;
      throw error;
    }
  };
}

/** Does something; undoes what it may have done of it when it fails. */
async function orUndo(undo: Undo, work: () => Promise<void>): Promise<Undo> {
  try {
    await work();
    return undo;
  } catch (error) {
    await undo();
    throw error;
  }
}

async function call(url: string, method: string, body?: object): Promise<unknown> {
  const answer = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`toxiproxy: ${method} ${url} answers ${answer.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
