import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import mysql, { type Pool, type RowDataPacket } from "mysql2/promise";
import * as z from "zod";

/** An effect as it was noted, once for each key. */
export interface Effect {
  readonly key: string;
  readonly orderId: string;
  /** The step of the work that asked for it. */
  readonly step: string;
  /** How often it was asked for. */
  readonly asked: number;
  /** How often it took place: once, by the unique key. */
  readonly took: number;
}

/** Somebody asked for an effect. */
export interface EffectRequest {
  readonly orderId: string;
  readonly attempt: number;
  readonly worker: string;
  /** When it was noted, in milliseconds since 1970 by MySQL's clock. */
  readonly at: number;
}

/** What follows after a request is noted: a success, an error, or a connection that breaks off without an answer. */
export type Aftermath = "answer" | "fail" | "drop";

const tables = [
  `CREATE TABLE effects (
    idempotency_key VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
    order_id CHAR(36) CHARACTER SET ascii NOT NULL, step VARCHAR(64) NOT NULL, INDEX (order_id))`,
  `CREATE TABLE requests (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, idempotency_key VARCHAR(128) CHARACTER SET ascii NOT NULL,
    order_id CHAR(36) CHARACTER SET ascii NOT NULL, attempt INT UNSIGNED NOT NULL, worker VARCHAR(64) NOT NULL,
    took BOOLEAN NOT NULL, at DATETIME(3) NOT NULL, INDEX (order_id))`,
];

const bodySchema = z.strictObject({ orderId: z.uuid(), attempt: z.int().min(1), worker: z.string().min(1).max(64) });

/**
 * Stands for whoever a step of the work has an effect at, such as a payment provider: it notes each effect under its
 * idempotency key, in a database of its own, and has it once however often it is asked.
 */
export class EffectRecorder {
  /** Where workers ask for effects, for their `EFFECTS_URL`. */
  readonly url: string;
  /** Decides what follows after a request is noted. Everything is answered unless a test says otherwise. */
  aftermath: (request: Omit<EffectRequest, "at">) => Aftermath = () => "answer";
  readonly #server: Server;
  readonly #pool: Pool;
  readonly #name: string;

  private constructor(server: Server, pool: Pool, name: string) {
    this.#server = server;
    this.#pool = pool;
    this.#name = name;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/effects`;
    server.on("request", (request, response) => {
      this.#serve(request, response).catch((error: unknown) => refuse(response, 500, String(error)));
    });
  }

  /** @param mysqlUrl a MySQL whose user may create databases named `orders…` */
  static async start(mysqlUrl: string): Promise<EffectRecorder> {
    const name = `orders_test_effects_${randomBytes(6).toString("hex")}`;
    const admin = await mysql.createConnection(mysqlUrl);
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.end();
    const url = new URL(mysqlUrl);
    url.pathname = `/${name}`;
    const pool = mysql.createPool({ uri: url.href, connectionLimit: 16 });
    for (const table of tables) await pool.query(table);
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new EffectRecorder(server, pool, name);
  }

  /** All effects that took place, or those on one order. */
  effectsOf(orderId?: string): Promise<Effect[]> {
    const which = orderId === undefined ? "" : "WHERE effects.order_id = ?";
    return this.#rows<Effect>(
      `SELECT idempotency_key AS \`key\`, effects.order_id AS orderId, step, COUNT(*) AS asked,
        CAST(SUM(took) AS SIGNED) AS took
      FROM effects JOIN requests USING (idempotency_key) ${which} GROUP BY idempotency_key`,
      orderId === undefined ? [] : [orderId],
    );
  }

  /** Every request that was noted, in order. */
  requests(): Promise<EffectRequest[]> {
    return this.#rows<EffectRequest>(
      `SELECT order_id AS orderId, attempt, worker, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', at) DIV 1000 AS at
      FROM requests ORDER BY id`,
      [],
    );
  }

  /** Ends the server and removes what it has noted. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#pool.query(`DROP DATABASE ${this.#name}`);
    await this.#pool.end();
  }

  async #rows<T>(sql: string, values: unknown[]): Promise<T[]> {
    const [found] = await this.#pool.query<RowDataPacket[]>(sql, values);
    return found.map((row) => ({ ...row }) as T);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = request.headers["idempotency-key"];
    const body = bodySchema.safeParse(parseJson(await text(request)));
    if (request.method !== "POST") return refuse(response, 405, "POST an effect");
    if (!body.success) return refuse(response, 400, z.prettifyError(body.error));
    const { orderId } = body.data;
    if (typeof key !== "string" || !/^[a-z0-9-]{1,64}:/.test(key) || !key.endsWith(`:${orderId}`)) {
      return refuse(response, 400, `the Idempotency-Key ${key} is not <step>:${orderId}`);
    }
    await this.#note(key, body.data);
    const aftermath = this.aftermath(body.data);
    if (aftermath === "drop") request.socket.destroy();
    else if (aftermath === "fail") refuse(response, 503, "noted, and you are told that it failed");
    else response.end("noted\n");
  }

  async #note(key: string, { orderId, attempt, worker }: Omit<EffectRequest, "at">): Promise<void> {
    const took = await this.#take(key, orderId);
    await this.#pool.query(
      `INSERT INTO requests (idempotency_key, order_id, attempt, worker, took, at)
      VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
      [key, orderId, attempt, worker, took],
    );
  }

  /** Has the effect, unless it took place before: the unique key decides. */
  async #take(key: string, orderId: string): Promise<boolean> {
    const values = [key, orderId, key.slice(0, key.indexOf(":"))];
    try {
      await this.#pool.query("INSERT INTO effects (idempotency_key, order_id, step) VALUES (?, ?, ?)", values);
      return true;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ER_DUP_ENTRY") return false;
      throw error;
    }
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.statusCode = status;
  response.end(`${why}\n`);
}
