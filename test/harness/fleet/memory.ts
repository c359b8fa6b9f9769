import { readFile } from "node:fs/promises";
import type { Fleet } from "./fleet.ts";

/** What a process, or Redis by its own account, had in memory, in MiB. */
export interface MemoryUse {
  readonly name: string;
  readonly first: number;
  /** Half-way: what grows for ever has grown as much before as after. */
  readonly middle: number;
  readonly peak: number;
  readonly last: number;
}

/** Samples the memory of a fleet's processes, and what Redis says that it uses, once a second. Linux only. */
export class MemorySampler {
  readonly #fleet: Fleet;
  readonly #samples = new Map<string, number[]>();
  readonly #timer: NodeJS.Timeout;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#timer = setInterval(() => void this.#sampleAll(), 1_000);
    void this.#sampleAll();
  }

  /** Ends the sampling; a row for each process. */
  stop(): readonly MemoryUse[] {
    clearInterval(this.#timer);
    return [...this.#samples].map(([name, samples]) => ({
      ...{ name, first: samples[0] ?? Number.NaN, middle: samples[samples.length >> 1] ?? Number.NaN },
      ...{ peak: Math.max(...samples), last: samples.at(-1) ?? Number.NaN },
    }));
  }

  async #sampleAll(): Promise<void> {
    const names = [...this.#fleet.services, "mysql", this.#fleet.redis.current.name];
    // One that is being started again has none to tell of.
    await Promise.allSettled([
      ...names.map(async (name) => this.#note(name, await residentMiB(await this.#fleet.pid(name)))),
      redisMiB(this.#fleet).then((used) => this.#note("redis used_memory", used)),
    ]);
  }

  #note(name: string, value: number): void {
    const samples = this.#samples.get(name);
    if (samples === undefined) this.#samples.set(name, [value]);
    else samples.push(value);
  }
}

/** What Redis uses by its own account, in MiB. */
export async function redisMiB(fleet: Fleet): Promise<number> {
  const info = await fleet.redis.ask((redis) => redis.info("memory"));
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1]) / 2 ** 20;
}

/** The table of them, as text. */
export function memoryTable(uses: readonly MemoryUse[]): string {
  const line = (name: string, ...cells: readonly string[]) =>
    [name.padEnd(20), ...cells.map((cell) => cell.padStart(8))].join("");
  const rows = uses.map(({ name, first, middle, peak, last }) =>
    line(name, ...[first, middle, peak, last].map((value) => value.toFixed(1))),
  );
  return [line("memory, MiB", "first", "middle", "peak", "last"), ...rows].join("\n");
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
}
