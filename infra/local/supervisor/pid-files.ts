import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTimeOf } from "../process/identity.ts";

/** A started child, told apart for ever from later processes with the same id by when it was started. */
export interface ChildRecord {
  /** The started process, which leads a process group of its own. */
  pid: number;
  startTime: string;
}

/**
 * What the run folder says about running children: `<name>.pid` for people and scripts, and `children.json`, by which
 * a later supervisor recognises the children of one that was killed. Written synchronously, right after each start.
 */
export class PidFiles {
  readonly #folder: string;
  readonly #children = new Map<string, ChildRecord>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Notes a child. `servingPid` is what the pid file says: the serving process where it is not the started one. */
  set(name: string, pid: number, servingPid = pid): void {
    this.#children.set(name, { pid, startTime: startTimeOf(pid) ?? "gone" });
    this.#save();
    this.#write(`${name}.pid`, `${servingPid}\n`);
  }

  /** Forgets a child that has ended. */
  remove(name: string): void {
    rmSync(join(this.#folder, `${name}.pid`), { force: true });
    this.#children.delete(name);
    this.#save();
  }

  /** The children of an earlier supervisor that still live. A pid that now belongs to something else is left out. */
  leftovers(): Map<string, ChildRecord> {
    let recorded: Record<string, ChildRecord>;
    try {
      recorded = JSON.parse(readFileSync(join(this.#folder, "children.json"), "utf8"));
    } catch {
      return new Map();
    }
    return new Map(Object.entries(recorded).filter(([, { pid, startTime }]) => startTimeOf(pid) === startTime));
  }

  #save(): void {
    if (this.#children.size === 0) {
      rmSync(join(this.#folder, "children.json"), { force: true });
      return;
    }
    this.#write("children.json", JSON.stringify(Object.fromEntries(this.#children)));
  }

  /** By rename, so that a reader never sees half a file. */
  #write(name: string, content: string): void {
    const path = join(this.#folder, name);
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  }
}
