import type { BrowserContextOptions, Page } from "playwright-core";
import type { TestBrowser } from "../harness/browser.ts";
import type { HttpAnswer } from "../harness/http.ts";
import type { TestSystem } from "../harness/system.ts";
import { until } from "../harness/until.ts";

/** What the tests of the dashboard share. */
export interface Surroundings {
  readonly browser: TestBrowser;
  readonly system: TestSystem;
  /** The API key that the system knows. */
  readonly key: string;
}

/** Opens a page of the dashboard by its hash, signed in. */
export function openSignedIn(surroundings: Surroundings, hash = "#/", view?: BrowserContextOptions): Promise<Page> {
  const { browser, system, key } = surroundings;
  return browser.open(`${system.url}/${hash}`, view, key);
}

/** Posts an order by the API. */
export async function post({ system, key }: Surroundings, order: object): Promise<string> {
  const { body } = await system.post(order, { Authorization: `Bearer ${key}` });
  return body.id;
}

/** Waits until an order has a status, by the API. */
export async function untilStatus({ system, key }: Surroundings, id: string, status: string): Promise<HttpAnswer> {
  return until(`${id} is ${status}`, async () => {
    const answer = await system.request(`/orders/${id}`, { headers: { Authorization: `Bearer ${key}` } });
    return answer.body.status === status && answer;
  });
}

/** The number on the tile of a status. */
export async function countOf(page: Page, status: string): Promise<number> {
  const text = await page.locator(`.tile[data-status=${status}] .tile-value`).innerText();
  return Number(text.replaceAll(",", ""));
}
