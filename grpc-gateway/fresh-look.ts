import { Database, type DatabaseOptions } from "../core/db/database.ts";
import { Loop } from "./loop.ts";

/** How often to look while the connections in use get nothing done, in milliseconds. */
const intervalMs = 5_000;

interface FreshLookOptions {
  /** Whether the connections in use get nothing done. */
  readonly isStuck: () => boolean;
  /** Does something on a new connection. Throws when that is not possible either. */
  readonly tryAnew: () => Promise<void>;
  /** Milliseconds of a clock that stands still while the process is frozen. */
  readonly now: () => number;
}

/**
 * Tells a process that is broken from a MySQL that is away: while the connections in use get nothing done, it tries a
 * new one. If that works, a new process would get on: connections have leaked, or what waits for them hangs.
 */
export class FreshLook {
  readonly #options: FreshLookOptions;
  readonly #loop = new Loop(() => this.#turn());
  #since: number | undefined;

  constructor(options: FreshLookOptions) {
    this.#options = options;
  }

  /** For how long new connections have got done what those in use did not, in milliseconds. */
  get brokenMs(): number {
    return this.#since === undefined ? 0 : this.#options.now() - this.#since;
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** One look. Never throws. */
  async look(): Promise<void> {
    const { isStuck, tryAnew, now } = this.#options;
    const works = isStuck() && (await succeeds(tryAnew));
    // What was stuck may have got on meanwhile.
    this.#since = works && isStuck() ? (this.#since ?? now()) : undefined;
  }

  async #turn(): Promise<number> {
    await this.look();
    return intervalMs;
  }
}

function succeeds(work: () => Promise<void>): Promise<boolean> {
  return work().then(
    () => true,
    () => false,
  );
}

/**
 * Writes, though nothing, on a connection of its own: a MySQL that is read-only refuses that. One that hangs only in a
 * commit or on a row's lock does not; being started again without need every minute or so is no worse than hanging.
 */
export async function writeAnew(options: Omit<DatabaseOptions, "connections">): Promise<void> {
  const database = new Database({ ...options, connections: 1 });
  try {
    await database.run(({ connection }) => connection.query("UPDATE orders SET status = status WHERE false"));
  } finally {
    await database.close();
  }
}
