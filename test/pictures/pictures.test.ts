import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Flow } from "../browser/flow.ts";
import { openSignedIn } from "../browser/surroundings.ts";
import { picture, useBrowser, views } from "../harness/browser.ts";
import { useSystem } from "../harness/system.ts";
import { until } from "../harness/until.ts";

/** For how long orders flow before, in seconds: the plots show up to five minutes. */
const flowSeconds = 160;
const folder = resolve("docs/dashboard");

const key = "a-key-for-the-pictures";
const browser = useBrowser();
const system = useSystem({
  API_KEYS: `pictures:${createHash("sha256").update(key).digest("hex")}`,
  ...{ PROCESS_MS: "150", PROCESS_FAIL_RATE: "0.06", MAX_ATTEMPTS: "2", WORKER_CONCURRENCY: "40" },
});
const surroundings = { browser, system, key };

test(`the dashboard's pictures are taken after ${flowSeconds} s of orders`, async () => {
  const flow = new Flow(surroundings);
  onTestFinished(() => flow.stop());
  const pages = [];
  for (const name of ["light", "dark", "phone"] as const) {
    pages.push({ name, page: await openSignedIn(surroundings, "#/", views[name]) });
  }
  await flow.run(flowSeconds);
  for (const { name, page } of pages) {
    const isMixed = async () => {
      const statuses = await page.locator(".orders tbody .status").allInnerTexts();
      return new Set(statuses.slice(0, 9)).size >= 3;
    };
    await until("orders of three states are to be seen", isMixed, 90_000);
    await picture(page, name, folder);
  }
  await flow.stop();
  const headers = { Authorization: `Bearer ${key}` };
  const { body } = await system.request("/orders?status=failed&limit=1", { headers });
  const page = await openSignedIn(surroundings, `#/orders/${body.orders[0].id}`, views.light);
  await page.locator(".why-where").waitFor();
  await picture(page, "order", folder);
  expect(browser.complaints).toEqual([]);
}, 600_000);
