import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, picture, picturesFolder, views } from "../harness/browser.ts";
import { until } from "../harness/until.ts";
import { Flow } from "./flow.ts";
import { countOf, openSignedIn, post, type Surroundings, untilStatus } from "./surroundings.ts";

const names = ["light", "dark", "phone"] as const;

/** Pages under load, in both themes and on a phone: accessible, none to be scrolled sideways, and kept as pictures. */
export function testLooks(surroundings: Surroundings): void {
  const flow = new Flow(surroundings, ["poison:permanent", "poison:flaky"]);
  const pages = new Map<string, Page>();
  let id = "";
  beforeAll(async () => {
    id = await post(surroundings, { item: "poison:flaky", quantity: 3, price: 1_299.99 });
    process.stderr.write(`pictures of the dashboard go to ${picturesFolder}\n`);
  });
  afterAll(() => Promise.all([...pages.values()].map((page) => page.context().close())));

  test("pictures are taken while orders flow", async () => {
    for (const name of names) pages.set(name, await openSignedIn(surroundings, "#/", views[name]));
    await flow.run(9);
    for (const [name, page] of pages) {
      await until("orders are being worked on", async () => (await countOf(page, "processing")) > 0);
      await picture(page, name);
    }
    await flow.stop();
    await untilStatus(surroundings, id, "completed");
  });

  describe.each(names)("%s", (name) => {
    test("the overview", async () => {
      const page = pages.get(name);
      if (page !== undefined) await expectAccessible(page);
      expect(page).toBeDefined();
    });

    test("an order, and what is asked before something is done to it", async () => {
      const page = await openSignedIn(surroundings, `#/orders/${id}`, views[name]);
      await page.getByText("Attempt 2", { exact: true }).waitFor();
      await page.locator(".why-where").waitFor();
      await picture(page, `${name}-order`);
      await expectAccessible(page);
      const runAt = new Date(Date.now() + 3_600_000).toISOString();
      const other = await post(surroundings, { item: "Lamp shade", quantity: 1, price: 25, runAt });
      await page.goto(`${surroundings.system.url}/#/orders/${other}`);
      await page.getByRole("button", { name: "Cancel order" }).click();
      await picture(page, `${name}-question`);
      await expectAccessible(page);
      await page.context().close();
    });
  });

  test("the theme is what was chosen, also after the page is loaded again", async () => {
    const page = await openSignedIn(surroundings, "#/", views.light);
    const background = () => page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    const light = await background();
    await page.getByRole("radio", { name: "Dark" }).check();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByText("Live", { exact: true }).waitFor();
    expect(await background()).toBe(dark);
    await page.getByRole("radio", { name: "As the system" }).check();
    expect(await background()).toBe(light);
    await page.context().close();
  });
}
