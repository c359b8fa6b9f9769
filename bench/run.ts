import { cpus, type as osType, release, totalmem } from "node:os";
import { run as runCommand } from "../infra/local/process/run.ts";
import { quantile } from "../test/harness/quantile.ts";
import type { Ground } from "./ground.ts";
import { buildBombardier } from "./load.ts";
import { type Figures, measureSystem } from "./measure/system.ts";
import type { Usage } from "./measure/usage.ts";
import { measureOwn } from "./own/own.ts";
import type { Plan } from "./plan.ts";
import { goalsOf } from "./report/goals.ts";
import {
  type Latency,
  type Measured,
  type OwnResults,
  ownName,
  type ProcessUsage,
  type Results,
  type SystemResults,
  sampleOf,
} from "./report/results.ts";
import type { System } from "./system.ts";
import { drainRaw } from "./systems/raw.ts";

/** The name of the limit among the systems. */
export const rawName = "raw";

export interface RunOptions {
  readonly ground: Ground;
  readonly plan: Plan;
  readonly quick: boolean;
  readonly systems: readonly System[];
  /** Whether the limit is measured, too. */
  readonly withRaw: boolean;
  /** Whether to measure what only this system has. */
  readonly own: boolean;
}

/** Measures everything; the systems take turns, so that a machine that is busy for a while hurts all alike. */
export async function runBench(options: RunOptions): Promise<Results> {
  const { ground, plan, systems, withRaw } = options;
  const bombardier = await prepare(ground, systems);
  const figures = new Map(systems.map(({ name }) => [name, [] as Figures[]]));
  const rawRates: number[] = [];
  for (let round = 0; round < plan.repeats; round++) {
    for (const system of rotated(systems, round)) {
      ground.report(`round ${round + 1} of ${plan.repeats}: ${system.name}`);
      figures.get(system.name)?.push(await measureSystem(ground, system, plan, bombardier));
    }
    if (!withRaw) continue;
    ground.report(`round ${round + 1} of ${plan.repeats}: ${rawName}`);
    await drainRaw(ground, Math.min(plan.waiting, plan.warmUp));
    const { orders, seconds } = await drainRaw(ground, plan.waiting);
    rawRates.push(orders / seconds);
  }
  const own = options.own ? await measureOwn(ground, plan) : {};
  const measured: Measured = {
    ...{ at: new Date().toISOString(), quick: options.quick, repeats: plan.repeats, waiting: plan.waiting },
    ...{ machine: machine(), versions: await versions(ground), durable: ground.durable },
    systems: [...figures].map(([name, rounds]) => systemResults(name, rounds)),
    ...(rawRates.length > 0 && { raw: { drainPerSecond: sampleOf(rawRates) } }),
    own: { ...own, ...fromDrains(figures.get(ownName) ?? []) },
  };
  return { ...measured, goals: goalsOf(measured) };
}

async function prepare(ground: Ground, systems: readonly System[]): Promise<string> {
  ground.report("building the systems");
  for (const system of systems) await system.prepare(ground);
  return buildBombardier(ground);
}

function rotated<T>(all: readonly T[], by: number): readonly T[] {
  const at = by % Math.max(all.length, 1);
  return [...all.slice(at), ...all.slice(0, at)];
}

function systemResults(name: string, rounds: readonly Figures[]): SystemResults {
  const creates = rounds.map((round) => round.creates);
  const drains = rounds.map((round) => round.drain);
  const latency = (share: number) => sampleOf(rounds.map(({ toCompletedMs }) => quantile(toCompletedMs, share)));
  return {
    name,
    creates: {
      perSecond: sampleOf(creates.map(({ perSecond }) => perSecond)),
      latencyMs: latencyOf(creates.map(({ latencyMs }) => latencyMs)),
      failed: creates.reduce((sum, { failed }) => sum + failed, 0),
    },
    drain: {
      perSecond: sampleOf(drains.map(({ completed, seconds }) => completed / seconds)),
      completed: sampleOf(drains.map(({ completed }) => completed)),
      seconds: sampleOf(drains.map(({ seconds }) => seconds)),
    },
    toCompleted: { p50: latency(0.5), p95: latency(0.95), p99: latency(0.99) },
    usage: [
      ...usageOf(
        "creates",
        creates.map(({ usage, answered }) => ({ usage, orders: answered })),
      ),
      ...usageOf(
        "drain",
        drains.map(({ usage, completed }) => ({ usage, orders: completed })),
      ),
    ],
  };
}

function latencyOf(rounds: readonly { p50: number; p95: number; p99: number }[]): Latency {
  return {
    p50: sampleOf(rounds.map(({ p50 }) => p50)),
    p95: sampleOf(rounds.map(({ p95 }) => p95)),
    p99: sampleOf(rounds.map(({ p99 }) => p99)),
  };
}

interface UsageOfOrders {
  readonly usage: ReadonlyMap<string, Usage>;
  readonly orders: number;
}

function usageOf(phase: ProcessUsage["phase"], rounds: readonly UsageOfOrders[]): ProcessUsage[] {
  const names = [...(rounds[0]?.usage.keys() ?? [])];
  return names.map((process) => {
    const used = rounds.map(({ usage, orders }) => {
      const { cpuSeconds, peakMiB } = usage.get(process) ?? { cpuSeconds: Number.NaN, peakMiB: Number.NaN };
      return { cpuSeconds, peakMiB, cpuMicrosPerOrder: (cpuSeconds * 1e6) / Math.max(orders, 1) };
    });
    return {
      ...{ phase, process },
      cpuSeconds: sampleOf(used.map(({ cpuSeconds }) => cpuSeconds)),
      cpuMicrosPerOrder: sampleOf(used.map(({ cpuMicrosPerOrder }) => cpuMicrosPerOrder)),
      peakMiB: sampleOf(used.map(({ peakMiB }) => peakMiB)),
    };
  });
}

/** What the drains of this system tell of Redis, from enqueueing in batches on, and of memory. */
function fromDrains(rounds: readonly Figures[]): Pick<OwnResults, "redis" | "memory"> {
  if (rounds.length === 0) return {};
  const peak = (name: string) => Math.max(...rounds.map(({ drain }) => drain.usage.get(name)?.peakMiB ?? Number.NaN));
  const redis = rounds.map(({ drain }) => (drain.redisCpuSeconds * 1e6) / drain.completed);
  return {
    redis: { cpuMicrosPerOrder: sampleOf(redis).median },
    memory: { workerMiB: peak("worker"), gatewayMiB: peak("gateway") },
  };
}

function machine(): Measured["machine"] {
  const all = cpus();
  return {
    ...{ cores: all.length, cpu: all[0]?.model.trim() ?? "unknown" },
    ...{ memoryGiB: totalmem() / 2 ** 30, os: `${osType()} ${release()}` },
  };
}

async function versions(ground: Ground): Promise<Measured["versions"]> {
  const { stdout } = await runCommand(ground.go, ["version"], { env: { ...ground.env } });
  return { ...ground.versions, go: /\bgo(\d\S*)/.exec(stdout)?.[1] ?? "unknown" };
}
