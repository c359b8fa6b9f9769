import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import mysql from "mysql2/promise";
import { freePort } from "../../infra/local/ports.ts";
import type { Launch } from "../../infra/local/program.ts";
import { type Server, startServer } from "../../infra/local/server.ts";
import { expectHealthy } from "../../infra/local/steps/health.ts";
import type { Ground } from "../ground.ts";
import type { RunningSystem, System } from "../system.ts";
import { RunningPeer } from "./running-peer.ts";

/** A program's words: its path and its arguments. */
type Words = readonly [string, ...string[]];

/** What people would use instead: an HTTP front, a worker, and a program that stores and enqueues as many as it is told. */
export interface Peer {
  readonly name: string;
  prepare(ground: Ground): Promise<void>;
  /** The front serves `/orders`; the worker prints `ready` when it is. */
  programs(ground: Ground): Readonly<Record<"http" | "worker" | "fill", Words>>;
  /** Settings of its own; the addresses are given to all. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A peer as a system to be measured. */
export function peerSystem(peer: Peer): System {
  return {
    name: peer.name,
    prepare: (ground) => peer.prepare(ground),
    start: (ground, databaseUrl) => startPeer(peer, ground, databaseUrl),
  };
}

async function startPeer(peer: Peer, ground: Ground, databaseUrl: string): Promise<RunningSystem> {
  const [portHttp, portGrpc] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${portHttp}`;
  const env = {
    ...{ ...ground.env, NODE_ENV: "production", MYSQL_URL: databaseUrl, REDIS_URL: ground.redisUrl },
    ...{ PORT_HTTP: String(portHttp), PORT_GRPC: String(portGrpc), GRPC_ADDR: `127.0.0.1:${portGrpc}`, ...peer.env },
  };
  const programs = peer.programs(ground);
  const started: Server[] = [];
  const begin = async (role: "http" | "worker", ready: (logFile: string) => () => Promise<void>) => {
    const name = `${peer.name.replaceAll(" ", "-")}-${role}`;
    const logFile = ground.state.log(name);
    const options = { name, url, logFile, ready: ready(logFile), graceMs: 15_000 };
    const server = await startServer(inEnvironment(env, programs[role]), options);
    started.unshift(server);
    return server;
  };
  try {
    // The front comes first: it makes the table.
    const http = await begin("http", () => () => expectHealthy(`${url}/orders`));
    const worker = await begin("worker", saysReady);
    const connection = await mysql.createConnection(databaseUrl);
    return new RunningPeer({ name: peer.name, url, http, worker, connection, fill: programs.fill, env });
  } catch (error) {
    for (const server of started) await server.stop();
    throw error;
  }
}

/** env(1) becomes the program, with this environment and nothing of ours. */
function inEnvironment(env: Readonly<Record<string, string>>, words: Words): Launch {
  return { command: "env", args: ["-i", ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...words] };
}

/** Whether the log, which is appended to, says `ready` beyond what it says now. */
function saysReady(logFile: string): () => Promise<void> {
  const begin = existsSync(logFile) ? statSync(logFile).size : 0;
  return async () => {
    const written = (await readFile(logFile)).subarray(begin).toString();
    if (!/^ready$/m.test(written)) throw new Error("it has not said that it is ready");
  };
}
