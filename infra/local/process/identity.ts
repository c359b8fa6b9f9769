import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Whether a process of this id exists and is no zombie. */
export function isAlive(pid: number): boolean {
  return startTimeOf(pid) !== undefined;
}

/**
 * When a process was started, as an opaque text: together with the pid it names one process for ever, while a pid alone
 * is used again. Undefined when there is no such process or it is a zombie.
 */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform !== "linux") {
    return startTimeByPs(pid);
  }
  try {
    // proc_pid_stat(5): the name (field 2) may hold spaces and brackets, so count from the last bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, startTime] = [fields[0], fields[19]];
    return state === "Z" || state === "X" ? undefined : startTime;
  } catch {
    return undefined;
  }
}

function startTimeByPs(pid: number): string | undefined {
  const { status, stdout } = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" });
  const line = status === 0 ? stdout.trim() : "";
  return line === "" || line.startsWith("Z") ? undefined : line.replace(/^\S+\s+/, "");
}
