import { expect, test } from "vitest";
import { until } from "../harness/until.ts";
import { openSignedIn, post, type Surroundings, untilStatus } from "./surroundings.ts";

/** The list: filters, the search, pages, and addresses that can be shared. */
export function testFinding(surroundings: Surroundings): void {
  test("a status is chosen by its tile or in the list, stays in the address, and the way back is the browser's", async () => {
    await untilStatus(
      surroundings,
      await post(surroundings, { item: "poison:permanent:1", quantity: 1, price: 1 }),
      "failed",
    );
    const page = await openSignedIn(surroundings);
    await page.getByRole("link", { name: "Failed" }).click();
    await page.getByRole("heading", { name: "Failed orders" }).waitFor();
    expect(new URL(page.url()).hash).toBe("#/orders?status=failed");
    await page.getByRole("row", { name: /poison:permanent:1.*refused for ever/ }).waitFor();
    await page.getByLabel("Status", { exact: true }).selectOption("cancelled");
    await page.getByText("There is no cancelled order.").waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Failed orders" }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "All orders" }).waitFor();
    await page.context().close();
  });

  test("a text finds the orders that have it in their item, an id its order, and an unknown id says so", async () => {
    const id = await post(surroundings, { item: "Brass telescope", quantity: 1, price: 899 });
    const page = await openSignedIn(surroundings);
    await page.getByRole("heading", { name: "All orders" }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("TELESCOPE");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "All orders with “TELESCOPE”" }).waitFor();
    await page.getByRole("row", { name: /Brass telescope/ }).waitFor();
    expect(await page.locator(".orders tbody tr:not(.placeholder)").count()).toBe(1);
    await page.keyboard.press("/");
    await page.getByRole("searchbox").fill("no such thing");
    await page.keyboard.press("Enter");
    await page.getByText("No order has “no such thing” in its item.").waitFor();
    await page.getByRole("searchbox").fill(id.toUpperCase());
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Brass telescope" }).waitFor();
    await until("the focus is at the new page", async () => (await page.locator("main:focus").count()) === 1);
    await page.keyboard.press("/");
    await page.getByRole("searchbox").fill("01a2090f-79ac-7a03-964f-3256223620c7");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "There is no such order." }).waitFor();
    await page.context().close();
  });

  test("pages lead on to the oldest order and back, each with an address of its own", async () => {
    const page = await openSignedIn(surroundings);
    const seen = new Set<string>();
    for (let number = 1; ; number++) {
      await page.getByText(`Page ${number}`).waitFor();
      const links = page.locator(".cell-item a");
      await links.first().waitFor();
      for (const href of await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")))) {
        seen.add(href ?? "");
      }
      const next = page.getByRole("link", { name: "Next" });
      if ((await next.count()) === 0) break;
      await next.click();
    }
    expect(seen.size).toBe(104);
    const shared = await openSignedIn(surroundings, new URL(page.url()).hash);
    await shared.getByText("Page 5").waitFor();
    await shared.getByRole("link", { name: "Fountain pen" }).waitFor();
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByText("Page 4").waitFor();
    await page.getByRole("link", { name: "First" }).click();
    await page.getByText("Page 1").waitFor();
    await Promise.all([page, shared].map((one) => one.context().close()));
  });
}
