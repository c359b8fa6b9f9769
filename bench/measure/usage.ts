import { readFile, writeFile } from "node:fs/promises";

/** What a process has used in a time. */
export interface Usage {
  /** CPU seconds of all of its threads, in user and in kernel mode. */
  readonly cpuSeconds: number;
  /** The most memory that it had at once, in MiB (VmHWM of proc_pid_status(5)). */
  readonly peakMiB: number;
}

/** The kernel's clock ticks a second: USER_HZ, which is 100 wherever Linux runs (time(7)). */
const ticksPerSecond = 100;

/** Begins to measure processes; what is returned tells what each of them has used since. Linux only. */
export async function measureUsage(
  processes: ReadonlyMap<string, number>,
): Promise<() => Promise<ReadonlyMap<string, Usage>>> {
  const begun = new Map<string, number>();
  for (const [name, pid] of processes) {
    await resetPeak(pid);
    begun.set(name, await cpuSeconds(pid));
  }
  return async () => {
    const used = new Map<string, Usage>();
    for (const [name, pid] of processes) {
      const cpu = (await cpuSeconds(pid)) - (begun.get(name) ?? 0);
      used.set(name, { cpuSeconds: cpu, peakMiB: await peakMiB(pid) });
    }
    return used;
  };
}

/** Makes the present the peak: proc_pid_clear_refs(5). */
async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, "5");
}

async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may hold anything: fields are counted from behind it, utime being the 14th of all.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function peakMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
}
