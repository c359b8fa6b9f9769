import { expect, test } from "vitest";
import { expectAccessible, picture } from "../harness/browser.ts";
import { openSignedIn, type Surroundings } from "./surroundings.ts";

/** A system without orders, and a visitor without a key. */
export function testFirstVisit(surroundings: Surroundings): void {
  test("a key is asked for, a wrong one refused, and the right one opens for as long as the tab is open", async () => {
    const { browser, system, key } = surroundings;
    const page = await browser.open(system.url);
    await page.getByRole("heading", { name: "An API key is needed" }).waitFor();
    await expectAccessible(page);
    await picture(page, "sign-in");
    const field = page.getByLabel("API key", { exact: true });
    expect(await page.locator(":focus").getAttribute("id")).toBe(await field.getAttribute("id"));
    await page.keyboard.type("another-key");
    await page.keyboard.press("Enter");
    await page.getByText("The API knows no such key.").waitFor();
    await field.fill(key);
    await page.keyboard.press("Enter");
    await page.getByText("No orders yet.").waitFor();
    await page.reload();
    await page.getByText("No orders yet.").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "An API key is needed" }).waitFor();
    expect(await page.evaluate("JSON.stringify({ ...sessionStorage, ...localStorage })")).not.toContain(key);
    await page.context().close();
  });

  test("what is not known yet is seen to be on its way, and nothing is when there is nothing", async () => {
    const page = await openSignedIn(surroundings);
    await page.getByText("No orders yet.").waitFor();
    await expectAccessible(page);
    await picture(page, "empty");
    let letPass = () => {};
    const held = new Promise<void>((resolve) => {
      letPass = resolve;
    });
    await page.route(/\/(orders\?|stats)/, async (route) => {
      await held;
      await route.continue();
    });
    await page.reload();
    await page.locator(".list[aria-busy=true] .placeholder").first().waitFor();
    await page.getByText("Connecting").waitFor();
    await expectAccessible(page);
    await picture(page, "loading");
    letPass();
    await page.getByText("No orders yet.").waitFor();
    await page.context().close();
  });
}
