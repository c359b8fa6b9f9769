import { expect, test } from "vitest";
import { expectAccessible, picture } from "../harness/browser.ts";
import { openSignedIn, type Surroundings } from "./surroundings.ts";

/** The API dies under an open page. */
export function testAway(surroundings: Surroundings): void {
  test("the page says so and for how long, keeps what it knows, and goes on by itself", async () => {
    const page = await openSignedIn(surroundings);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.locator(".cell-item a").first().waitFor();
    await surroundings.system.signal("http", "SIGKILL");
    await page.getByText("The API cannot be reached.").waitFor();
    await page.getByText(/What you see was true .+ ago/).waitFor();
    await page.getByText("Not live").waitFor();
    expect(await page.locator(".cell-item a").count()).toBeGreaterThan(0);
    await page.locator(".overview[data-stale=true]").waitFor();
    await expectAccessible(page);
    await picture(page, "away");
    await page.getByText("Live", { exact: true }).waitFor({ timeout: 40_000 });
    await page.getByText("The API cannot be reached.").waitFor({ state: "detached" });
    await page.context().close();
  });
}
