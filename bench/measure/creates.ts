import type { Ground } from "../ground.ts";
import { postAtFullSpeed } from "../load.ts";
import type { RunningSystem } from "../system.ts";
import { laptopBody } from "./laptop.ts";
import { measureUsage, type Usage } from "./usage.ts";

export interface Creates {
  readonly perSecond: number;
  readonly answered: number;
  /** Requests that were not answered with 2xx. */
  readonly failed: number;
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly usage: ReadonlyMap<string, Usage>;
}

const connections = 64;

/** `POST /orders` as fast as it is answered, at 64 connections, with the workers paused; after a warm-up. */
export async function measureCreates(
  ground: Ground,
  system: RunningSystem,
  options: { readonly bombardier: string; readonly seconds: number; readonly warmUpSeconds: number },
): Promise<Creates> {
  await system.pause();
  const load = { binary: options.bombardier, url: `${system.url}/orders`, connections, body: laptopBody };
  await postAtFullSpeed({ ...load, seconds: options.warmUpSeconds });
  const before = await system.stored();
  const used = await measureUsage(new Map([...ground.processes, ...system.processes]));
  const { answered2xx, others, perSecond, latencyMs } = await postAtFullSpeed({ ...load, seconds: options.seconds });
  const usage = await used();
  const stored = (await system.stored()) - before;
  if (stored < answered2xx) throw new Error(`${answered2xx} orders were acknowledged, and ${stored} are stored`);
  return { perSecond, answered: answered2xx, failed: others, latencyMs, usage };
}
