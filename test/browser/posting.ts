import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { expectAccessible } from "../harness/browser.ts";
import { until } from "../harness/until.ts";
import { countOf, openSignedIn, type Surroundings } from "./surroundings.ts";

/** Orders made on the page. */
export function testPosting(surroundings: Surroundings): void {
  test("an order is posted by the keyboard alone, what is wrong is said at its field, and the list follows", async () => {
    const page = await openSignedIn(surroundings);
    await page.getByText("No orders yet.").waitFor();
    await tabTo(page, "New order");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "New order" }).waitFor();
    expect(await focused(page)).toBe("Item");
    await page.keyboard.press("Enter");
    await page.getByText("expected 1 to 255 characters, not counting spaces around").waitFor();
    expect(await page.getByLabel("Price").getAttribute("aria-invalid")).toBe("true");
    expect(await page.getByLabel("Quantity").getAttribute("aria-invalid")).toBe("false");
    await expectAccessible(page);
    expect(await focused(page)).toBe("Item");
    await page.keyboard.type("Fountain pen");
    await tabTo(page, "Price");
    await page.keyboard.type("49.5");
    await page.keyboard.press("Enter");
    await page.getByText("Order of Fountain pen posted.").waitFor();
    const row = page.getByRole("row", { name: /Fountain pen/ });
    await row.getByText(/Pending|Processing/).waitFor();
    await row.getByText("Completed").waitFor();
    await until("it is counted", async () => (await countOf(page, "completed")) === 1);
    // Where the focus was before the dialog.
    expect(await focused(page)).toBe("New order");
    await page.context().close();
  });

  test("what cannot be read is said at its field, and no order is made of it", async () => {
    const page = await openSignedIn(surroundings);
    await page.getByRole("button", { name: "New order" }).click();
    await page.getByLabel("Item", { exact: true }).fill("Quill");
    const [price, notBefore] = [page.getByLabel("Price"), page.getByLabel("Not before (optional)")];
    await price.fill("1,000");
    await notBefore.focus();
    // A day, and no time.
    await page.keyboard.type("12312026");
    expect(await notBefore.inputValue()).toBe("");
    await page.getByRole("button", { name: "Post order" }).click();
    await until("both are refused", async () => {
      const invalid = await Promise.all([price, notBefore].map((field) => field.getAttribute("aria-invalid")));
      return invalid.every((value) => value === "true");
    });
    await page.goto(`${surroundings.system.url}/#/orders?item=quill`);
    await page.getByText("No order has “quill” in its item.").waitFor();
    await page.context().close();
  });

  test("who signs in after another has signed out sees nothing of before", async () => {
    const page = await openSignedIn(surroundings);
    await page.getByRole("row", { name: /Fountain pen/ }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.route(/\/orders\?/, () => {});
    await page.getByLabel("API key", { exact: true }).fill(surroundings.key);
    await page.keyboard.press("Enter");
    await page.locator(".list[aria-busy=true] .placeholder").first().waitFor();
    expect(await page.getByText("Fountain pen").count()).toBe(0);
    await page.context().close();
  });

  test("a form sent again because its answer did not arrive makes one order", async () => {
    const page = await openSignedIn(surroundings);
    await page.getByRole("button", { name: "New order" }).click();
    await page.getByLabel("Item", { exact: true }).fill("Inkwell");
    await page.getByLabel("Price").fill("12");
    let requests = 0;
    await page.route("**/orders", async (route) => {
      if (route.request().method() !== "POST" || ++requests > 1) return route.continue();
      await route.fetch();
      return route.abort("connectionreset");
    });
    await page.getByRole("button", { name: "Post order" }).click();
    await page.getByText("Post again: it is not made twice.").waitFor();
    await page.getByRole("button", { name: "Post order" }).click();
    await page.getByText("Order of Inkwell posted.").waitFor();
    await page.goto(`${surroundings.system.url}/#/orders?item=inkwell`);
    await page.getByRole("row", { name: /Inkwell/ }).waitFor();
    expect([requests, await page.getByRole("row", { name: /Inkwell/ }).count()]).toEqual([2, 1]);
    await page.context().close();
  });

  test("a hundred are posted with one click, and the counts follow", async () => {
    const page = await openSignedIn(surroundings);
    await until("the counts are there", async () => (await countOf(page, "completed")) === 2);
    await page.getByRole("button", { name: "Post 100" }).click();
    await page.getByText("100 of 100 orders posted.").waitFor();
    await until("all are completed", async () => (await countOf(page, "completed")) === 102);
    await until("the rate is told", async () =>
      /Completed\s+[1-9][\d.]* \/s/.test(await page.getByRole("figure", { name: "Throughput" }).innerText()),
    );
    await page.getByRole("figure", { name: "Throughput" }).getByText("As a table").click();
    await page.getByRole("columnheader", { name: "Created" }).first().waitFor();
    await page.context().close();
  });
}

/** Presses Tab until something of this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    if ((await focused(page)) === name) return;
  }
  throw new Error(`Tab does not lead to ${name}`);
}

/** The name of what has the focus. */
async function focused(page: Page): Promise<string> {
  const element = "document.activeElement";
  return page.evaluate<string>(`((${element}.labels ?? [])[0] ?? ${element}).textContent.trim()`);
}
