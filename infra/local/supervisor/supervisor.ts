import { Stopped } from "../failure.ts";
import { endProcess } from "../process/end.ts";
import { isAlive } from "../process/identity.ts";
import { until } from "../process/wait.ts";
import { Component, type ComponentSpec } from "./component.ts";
import { PidFiles } from "./pid-files.ts";

/** Keeps components running and stops them in order. One supervisor owns one run folder. */
export class Supervisor {
  readonly #order: readonly string[];
  readonly #pidFiles: PidFiles;
  readonly #report: (line: string) => void;
  readonly #components = new Map<string, Component>();
  #stopping = false;

  /** `order` names the components from what is needed most to what is needed least: they stop in the opposite order. */
  constructor(options: { order: readonly string[]; runDir: string; report: (line: string) => void }) {
    this.#order = options.order;
    this.#pidFiles = new PidFiles(options.runDir);
    this.#report = options.report;
  }

  /** Stops what a supervisor that was killed has left running. */
  async stopLeftovers(graceMs = 20_000): Promise<void> {
    const leftovers = this.#pidFiles.leftovers();
    for (const name of this.#stopOrder(leftovers.keys())) {
      const child = leftovers.get(name);
      if (child === undefined) {
        continue;
      }
      this.#report(`${name} (pid ${child.pid}) is left from a start that was killed: stopping it`);
      await endProcess(child.pid, disappearance(child.pid), graceMs);
      this.#pidFiles.remove(name);
    }
  }

  /** Starts a component and waits until it is healthy; rejects with a StartFailure when it does not get there. */
  async start(spec: ComponentSpec): Promise<void> {
    if (this.#stopping) {
      throw new Stopped("stopping");
    }
    const component = new Component(spec, this.#pidFiles, this.#report);
    this.#components.set(spec.name, component);
    await component.start();
  }

  /** Stops one of them; it can be started again. Answers how it ended, if it ran: "exited with code 0". */
  async stopComponent(name: string): Promise<string | undefined> {
    const how = await this.#components.get(name)?.stop();
    this.#components.delete(name);
    return how;
  }

  /** Stops all of them, one after the other; nothing can be started afterwards. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const name of this.#stopOrder(this.#components.keys())) {
      await this.#components.get(name)?.stop();
    }
  }

  /** Kills all of them at once. */
  async kill(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#components.values()].map((component) => component.kill()));
  }

  #stopOrder(names: Iterable<string>): string[] {
    return [...names].sort((a, b) => this.#order.indexOf(b) - this.#order.indexOf(a));
  }
}

/** Resolves when a process that is no child of ours is gone. */
async function disappearance(pid: number): Promise<void> {
  const check = (): void => {
    if (isAlive(pid)) {
      throw new Error("it is still there");
    }
  };
  await until(check, { timeoutMs: 120_000, what: `process ${pid} did not end` });
}
