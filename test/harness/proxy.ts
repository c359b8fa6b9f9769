import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll } from "vitest";

/** A TCP proxy in front of a server, with which a test makes the network fail at an exact moment. */
export class NetworkProxy {
  readonly #target: URL;
  readonly #pairs = new Set<Pair>();
  #server: Server | undefined;
  #port = 0;
  #isFrozen = false;
  /** What would have passed while frozen, in order. */
  #held: (() => void)[] = [];
  #doomed: { text: string; when: "before" | "after" } | undefined;
  #sent: Buffer[] = [];

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  /** @param target the server's URL, with a port */
  static async start(target: string): Promise<NetworkProxy> {
    const proxy = new NetworkProxy(target);
    await proxy.up();
    return proxy;
  }

  /** The server's URL by way of the proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = "127.0.0.1";
    url.port = String(this.#port);
    return url.href;
  }

  /** How often clients have sent this text since the start, passed on or not. Beware of texts cut in two by packets. */
  timesSent(text: string): number {
    return Buffer.concat(this.#sent).toString("latin1").split(text).length - 1;
  }

  /** Nothing passes any more in either direction, and no connection ends: a frozen server or a dead network. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** Everything that was held back passes, also what was sent by clients which have gone since. */
  thaw(): void {
    this.#isFrozen = false;
    for (const pass of this.#held.splice(0)) pass();
  }

  /** Ends all connections; new ones are accepted. */
  cut(): void {
    for (const pair of this.#pairs) pair.end();
  }

  /** Ends the connection of the next client that sends this text, before the server sees it. Once. */
  loseRequest(text: string): void {
    this.#doomed = { text, when: "before" };
  }

  /** Ends the connection of the next client that sends this text when the server has answered, unheard. Once. */
  loseAnswer(text: string): void {
    this.#doomed = { text, when: "after" };
  }

  /** Refuses connections from now on, and ends those that there are: a server that is not there. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.cut();
    if (server === undefined) return;
    server.close();
    await once(server, "close");
  }

  /** Accepts connections, again on the same port. */
  async up(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  #accept(client: Socket): void {
    const upstream = connect({
      ...{ port: Number(this.#target.port), host: this.#target.hostname },
      allowHalfOpen: true,
    });
    const pair = new Pair(client, upstream);
    this.#pairs.add(pair);
    client.on("data", (chunk: Buffer) => this.#fromClient(pair, chunk));
    upstream.on("data", (chunk: Buffer) => this.#pass(() => pair.answer(chunk)));
    // An end passes like all else: a frozen server never answers it.
    client.on("end", () => this.#pass(() => upstream.end()));
    upstream.on("end", () => this.#pass(() => client.end()));
    for (const socket of [client, upstream]) {
      // Its close tells of every error.
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#pairs.delete(pair);
        this.#pass(() => pair.end());
      });
    }
  }

  #fromClient(pair: Pair, chunk: Buffer): void {
    this.#sent.push(chunk);
    const moment = this.#momentOfDoom(chunk);
    if (moment === "before") {
      pair.end();
    } else {
      pair.isDoomed ||= moment === "after";
      this.#pass(() => pair.upstream.write(chunk));
    }
  }

  #momentOfDoom(chunk: Buffer): "before" | "after" | undefined {
    if (this.#doomed === undefined || !chunk.includes(this.#doomed.text)) return undefined;
    const { when } = this.#doomed;
    this.#doomed = undefined;
    return when;
  }

  #pass(action: () => void): void {
    if (this.#isFrozen) this.#held.push(action);
    else action();
  }
}

/** A client's connection and the one to the server that belongs to it. */
class Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Whether the connection ends instead of the next answer. */
  isDoomed = false;

  constructor(client: Socket, upstream: Socket) {
    this.client = client;
    this.upstream = upstream;
  }

  answer(chunk: Buffer): void {
    if (this.isDoomed) this.end();
    else this.client.write(chunk);
  }

  end(): void {
    this.client.destroy();
    // What was sent before still arrives.
    this.upstream.destroySoon();
  }
}

/** Gives the test file a proxy. Use what is returned within tests and later hooks only. */
export function useProxy(target: () => string): { readonly proxy: NetworkProxy } {
  const used = {} as { proxy: NetworkProxy };
  beforeAll(async () => {
    used.proxy = await NetworkProxy.start(target());
  });
  afterAll(async () => {
    used.proxy.thaw();
    await used.proxy.down();
  });
  return used;
}
