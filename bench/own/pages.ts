import { Database } from "../../core/db/database.ts";
import { listOrders, type Page, type Position } from "../../core/db/list-orders.ts";
import type { OrderStatus } from "../../core/domain/order.ts";
import { quantile } from "../../test/harness/quantile.ts";
import type { Ground } from "../ground.ts";
import { type Mix, makeRows } from "../rows.ts";

/** One page of `GET /orders` at two sizes of the table. */
interface PageCost {
  /** Such as "first page of pending". */
  readonly page: string;
  /** The median, in milliseconds. */
  readonly smallMs: number;
  readonly largeMs: number;
  /** The median of the rounds' own ratios, large by small. */
  readonly ratio: number;
}

export interface Pages {
  readonly smallRows: number;
  readonly largeRows: number;
  readonly costs: readonly PageCost[];
}

const filters: readonly (OrderStatus | undefined)[] = [undefined, "pending", "processing", "completed", "failed"];
const depths = [0, 0.5, 0.9];
const rounds = 40;
/** Pages read in a row in a round. */
const inARow = 5;

/** The cost of pages of 50 orders in a table of so many rows, beside one with 10,000. */
export async function measurePages(ground: Ground, largeRows: number, smallRows = 10_000): Promise<Pages> {
  const small = await Table.make(ground, smallRows);
  const large = await Table.make(ground, largeRows);
  try {
    const costs: PageCost[] = [];
    for (const status of filters) {
      for (const depth of depths) costs.push(await compare(small, large, status, depth));
    }
    return { smallRows, largeRows, costs };
  } finally {
    await small.drop();
    await large.drop();
  }
}

async function compare(small: Table, large: Table, status: OrderStatus | undefined, depth: number): Promise<PageCost> {
  const pages = [await small.page(status, depth), await large.page(status, depth)] as const;
  const times: [number, number][] = [];
  for (let round = 0; round < rounds; round++) times.push([await small.read(pages[0]), await large.read(pages[1])]);
  const median = (values: readonly number[]) => quantile(values, 0.5);
  return {
    page: `${depth === 0 ? "first page" : `page at ${depth * 100} %`} of ${status ?? "all"}`,
    smallMs: median(times.map(([ms]) => ms)),
    largeMs: median(times.map(([, ms]) => ms)),
    ratio: median(times.map(([one, other]) => other / one)),
  };
}

/** A database with rows in it. */
class Table {
  readonly #ground: Ground;
  readonly #url: string;
  readonly #database: Database;

  private constructor(ground: Ground, url: string) {
    this.#ground = ground;
    this.#url = url;
    this.#database = new Database({ url, connections: 1, timeoutMs: 60_000 });
  }

  static async make(ground: Ground, rows: number): Promise<Table> {
    const url = await ground.freshDatabase();
    await ground.migrate(url);
    await makeRows(ground, url, mixOf(rows));
    return new Table(ground, url);
  }

  /** The page at a depth (0 to 1) of the list with this status. */
  async page(status: OrderStatus | undefined, depth: number): Promise<Page> {
    return { status, limit: 50, after: depth === 0 ? undefined : await this.#position(status, depth) };
  }

  /** The mean time of reading a page, in milliseconds. */
  async read(page: Page): Promise<number> {
    const begun = performance.now();
    for (let count = 0; count < inARow; count++) {
      const orders = await this.#database.run((session) => listOrders(session, page));
      if (orders.length !== page.limit) throw new Error(`a page has ${orders.length} orders`);
    }
    return (performance.now() - begun) / inARow;
  }

  async drop(): Promise<void> {
    await this.#database.close();
    await this.#ground.dropDatabase(this.#url);
  }

  async #position(status: OrderStatus | undefined, depth: number): Promise<Position> {
    const isDue = status === "pending" || status === "processing";
    const sql = `SELECT BIN_TO_UUID(id) AS id, due_at AS dueAt FROM orders ${status ? "WHERE status = ?" : ""}
      ORDER BY ${isDue ? "due_at, id" : "id DESC"} LIMIT 1 OFFSET ?`;
    return this.#database.run(async ({ connection }) => {
      const [counted] = await connection.query(
        `SELECT COUNT(*) AS count FROM orders ${status ? "WHERE status = ?" : ""}`,
        [status],
      );
      const offset = Math.floor(Number((counted as { count: number }[])[0]?.count) * depth);
      const [rows] = await connection.query(sql, status ? [status, offset] : [offset]);
      const [row] = rows as { id: string; dueAt: Date | null }[];
      if (row === undefined) throw new Error(`there is no order at ${depth} of ${status ?? "all"}`);
      return { id: row.id, dueAt: isDue ? row.dueAt : null };
    });
  }
}

/** A tenth waits, a tenth is in work, and a tenth has failed. */
function mixOf(rows: number): Mix {
  return { pending: rows / 10, processing: rows / 10, failed: rows / 10, completed: (rows * 7) / 10 };
}
