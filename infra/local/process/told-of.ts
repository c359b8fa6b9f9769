import { readdirSync, readFileSync } from "node:fs";

/**
 * The running processes whose command or environment names this folder, as "pid command": what a test that is to leave
 * nothing behind looks at. Empty where this cannot be seen (Linux only).
 */
export function processesToldOf(folder: string): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const [command, environment] = ["cmdline", "environ"].map((name) => readFileSync(`/proc/${pid}/${name}`, "utf8"));
      return environment?.includes(folder) || command?.includes(folder) ? [`${pid} ${command}`] : [];
    } catch {
      return []; // No process, or one that has just ended.
    }
  });
}
