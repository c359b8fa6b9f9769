import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import type { LocalConfig } from "../../../infra/local/config.ts";
import { freePort } from "../../../infra/local/ports.ts";
import { findRedisProgram } from "../../../infra/local/redis/find.ts";
import { redisLaunch, redisUrl } from "../../../infra/local/redis/instance.ts";
import { redisInfo } from "../../../infra/local/redis/probe.ts";
import type { StateDir } from "../../../infra/local/state-dir.ts";
import type { ComponentSpec } from "../../../infra/local/supervisor/component.ts";
import { until } from "../until.ts";

/** A master waits 5 s for further replicas before it copies itself. */
const copyAtOnce = ["--repl-diskless-sync-delay", "0"];

interface Member {
  readonly name: string;
  readonly url: string;
  readonly spec: ComponentSpec;
}

/** Two Redis servers, of which one is in use; the other becomes a stale copy of it when that is wanted. */
export class RedisPair {
  readonly members: readonly Member[];
  #current = 0;

  private constructor(members: readonly Member[]) {
    this.members = members;
  }

  static async prepare(config: LocalConfig, state: StateDir, report: (line: string) => void): Promise<RedisPair> {
    const program = await findRedisProgram(config, report);
    const members: Member[] = [];
    for (const name of ["redis-1", "redis-2"]) {
      const instance = { program, folder: join(state.data, name), port: await freePort(), options: copyAtOnce };
      const url = redisUrl(instance);
      const spec = {
        ...{ name, cwd: config.root, env: config.environment, logFile: state.log(name) },
        ...{
          launch: await redisLaunch(instance),
          ready: () => redisInfo(url),
          readyTimeoutMs: 60_000,
          graceMs: 10_000,
        },
      };
      members.push({ name, url, spec });
    }
    return new RedisPair(members);
  }

  /** The one in use. */
  get current(): Member {
    return this.members[this.#current] as Member;
  }

  /** Its address, as `host:port`. */
  get address(): string {
    return new URL(this.current.url).host;
  }

  /** Runs commands on the one in use, or on another. */
  async ask<T>(question: (redis: Redis) => Promise<T>, member = this.current): Promise<T> {
    return asking(member.url, question);
  }

  /**
   * Makes the other one a copy of the one in use, lets that go on for `lagMs` (milliseconds), and then puts the copy in
   * its place, as a failover to a replica does that had fallen behind. `lead` must lead everybody to the one in use.
   */
  async failOverToStaleCopy(lagMs: number, lead: () => Promise<void>): Promise<void> {
    const [from, to] = [this.current, this.members[1 - this.#current] as Member];
    const { hostname, port } = new URL(from.url);
    await asking(to.url, async (redis) => {
      await redis.replicaof(hostname, port);
      const isCopied = async () => /^master_link_status:up\r/m.test(await redis.info("replication"));
      await until(`${to.name} is a copy of ${from.name}`, isCopied, 20_000);
      await redis.replicaof("NO", "ONE");
    });
    await delay(lagMs);
    this.#current = 1 - this.#current;
    await lead();
    await asking(from.url, (redis) => redis.flushall());
  }
}

async function asking<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { maxRetriesPerRequest: 100, retryStrategy: () => 100 });
  // A command tells of what goes wrong.
  redis.on("error", () => {});
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}
