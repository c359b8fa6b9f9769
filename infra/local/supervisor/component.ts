import { setTimeout as delay } from "node:timers/promises";
import { messageOf, StartFailure, Stopped } from "../failure.ts";
import { endProcess, killGroup } from "../process/end.ts";
import { logTail } from "../process/log-file.ts";
import { until } from "../process/wait.ts";
import type { Launch } from "../program.ts";
import { nextRestartDelay } from "./backoff.ts";
import { type Child, startChild } from "./child.ts";
import type { PidFiles } from "./pid-files.ts";

/** What the supervisor must know about a part of the system. */
export interface ComponentSpec {
  name: string;
  launch: Launch;
  cwd: string;
  env: Record<string, string>;
  logFile: string;
  /** Returns when the component is healthy, and throws why it is not. */
  ready: () => Promise<unknown>;
  /** How long it may take to become healthy, in milliseconds. */
  readyTimeoutMs: number;
  /** How long it may take to stop, in milliseconds; then it is killed. */
  graceMs: number;
}

/** So many ends before the component was ever healthy mean that it cannot start, for instance because of a bad setting. */
const earlyEndsAllowed = 3;

/** A component that is kept running: started again, with backoff, whenever it ends. */
export class Component {
  readonly spec: ComponentSpec;
  readonly #pidFiles: PidFiles;
  readonly #report: (line: string) => void;
  readonly #stopping = new AbortController();
  readonly #firstReady = Promise.withResolvers<void>();
  #child: Child | undefined;
  #loop: Promise<void> = Promise.resolve();
  #everReady = false;
  #healthySince: number | undefined;

  constructor(spec: ComponentSpec, pidFiles: PidFiles, report: (line: string) => void) {
    this.spec = spec;
    this.#pidFiles = pidFiles;
    this.#report = report;
  }

  /** Starts it and waits until it is healthy. Throws a StartFailure with the end of its log when it does not get there. */
  start(): Promise<void> {
    this.#loop = this.#keepRunning().catch((error: unknown) => this.#firstReady.reject(error));
    return this.#firstReady.promise;
  }

  /** Ends it for good: SIGTERM, and SIGKILL after its grace. Answers how it ended, if it ran: "exited with code 0". */
  async stop(): Promise<string | undefined> {
    this.#stopping.abort(new Stopped("stopping"));
    const { name, graceMs } = this.spec;
    const child = this.#child;
    if (child?.pid !== undefined && !(await endProcess(child.pid, child.ended, graceMs))) {
      this.#report(`${name} did not stop within ${graceMs / 1000} s and was killed`);
    }
    await this.#loop;
    return child?.ended;
  }

  /** Ends it at once, with SIGKILL. */
  async kill(): Promise<void> {
    this.#stopping.abort(new Stopped("stopping"));
    if (this.#child?.pid !== undefined) {
      killGroup(this.#child.pid);
    }
    await this.#loop;
  }

  async #keepRunning(): Promise<void> {
    let wait: number | undefined;
    for (let earlyEnds = 1; ; earlyEnds++) {
      // What goes wrong around a run, such as a full disk, is as good a reason to try again as an end.
      const how = await this.#runOnce().catch((error: unknown) => `could not be run (${messageOf(error)})`);
      if (this.#stopping.signal.aborted) {
        this.#firstReady.reject(this.#stopping.signal.reason);
        return;
      }
      if (!this.#everReady && earlyEnds >= earlyEndsAllowed) {
        throw this.#failure(`${how}, ${earlyEnds} times, before it was healthy`);
      }
      const healthyFor = this.#healthySince === undefined ? 0 : performance.now() - this.#healthySince;
      wait = nextRestartDelay(wait, healthyFor);
      this.#report(`${this.spec.name} ${how}; starting it again in ${wait / 1000} s`);
      await delay(wait, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }

  /** One run from start to end; returns how it ended. */
  async #runOnce(): Promise<string> {
    const { name, launch } = this.spec;
    this.#healthySince = undefined;
    await launch.clear?.();
    if (this.#stopping.signal.aborted) {
      return "was not started";
    }
    const child = startChild(launch, this.spec);
    this.#child = child;
    if (child.pid !== undefined) {
      try {
        this.#pidFiles.set(name, child.pid);
      } catch (error) {
        killGroup(child.pid);
        await child.ended;
        throw error;
      }
    }
    const watch = this.#watchHealth(child);
    const how = await child.ended;
    this.#child = undefined;
    this.#pidFiles.remove(name);
    await watch;
    await launch.clear?.();
    return how;
  }

  /** Waits for health; in a first start only so long, later for ever, saying so each time the limit has passed. */
  async #watchHealth(child: Child): Promise<void> {
    const { name, ready, readyTimeoutMs, launch } = this.spec;
    while (!child.gone.aborted) {
      try {
        await until(ready, { timeoutMs: readyTimeoutMs, signal: child.gone, what: "it did not become healthy" });
        break;
      } catch (error) {
        if (child.gone.aborted) {
          return;
        }
        const failure = this.#failure(messageOf(error));
        if (!this.#everReady) {
          this.#firstReady.reject(failure);
          return;
        }
        this.#report(`${failure.message}\n${name} is given more time`);
      }
    }
    const servingPid = await launch.servingPid?.();
    if (child.gone.aborted || child.pid === undefined) {
      return;
    }
    if (servingPid !== undefined) {
      this.#pidFiles.set(name, child.pid, servingPid);
    }
    this.#healthySince = performance.now();
    if (this.#everReady) {
      this.#report(`${name} is healthy again, pid ${servingPid ?? child.pid}`);
    }
    this.#everReady = true;
    this.#firstReady.resolve();
  }

  #failure(what: string): StartFailure {
    const { name, logFile } = this.spec;
    const tail = logTail(logFile);
    const log = tail === "" ? `its log is empty (${logFile})` : `the end of ${logFile}:\n${tail.replace(/^/gm, "  ")}`;
    return new StartFailure(`${name}: ${what}; ${log}`);
  }
}
