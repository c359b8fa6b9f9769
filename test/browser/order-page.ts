import { expect, test } from "vitest";
import { openSignedIn, post, type Surroundings, untilStatus } from "./surroundings.ts";

/** One order: what happened to it, why, and what can be done. */
export function testOrderPage(surroundings: Surroundings): void {
  test("an order that failed once and was retried shows each attempt, who held it, why it failed, and how long it took", async () => {
    const id = await post(surroundings, { item: "poison:flaky", quantity: 3, price: 10.5 });
    const { body } = await untilStatus(surroundings, id, "completed");
    const page = await openSignedIn(surroundings, `#/orders/${id}`);
    const lines = page.locator(".step");
    await lines.filter({ hasText: /^Completed/ }).waitFor();
    const texts = (await lines.allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
    const { worker } = body.history[1];
    expect(texts).toEqual([
      expect.stringMatching(/^Created, waiting in the queue \d+ ms/),
      expect.stringMatching(new RegExp(`^Attempt 1 failed held by ${worker} .*poison: .+ \\d+ ms`)),
      expect.stringMatching(/^Waiting before the next attempt/),
      expect.stringMatching(/^Due, waiting in the queue/),
      expect.stringMatching(new RegExp(`^Attempt 2 succeeded held by ${worker} \\d+ ms`)),
      expect.stringMatching(/^Completed/),
    ]);
    expect(await page.locator(".why-where").innerText()).toMatch(
      /^Completed at \d\d:\d\d:\d\d by worker .+ in attempt 2.*\.$/,
    );
    expect(await page.title()).toBe("poison:flaky – Orders");
    await page.context().close();
  });

  test("an order is cancelled after a question, which Escape answers with no", async () => {
    const runAt = new Date(Date.now() + 3_600_000).toISOString();
    const id = await post(surroundings, { item: "Garden chair", quantity: 4, price: 59, runAt });
    const page = await openSignedIn(surroundings, `#/orders/${id}`);
    await page.getByText("Created, waiting for its time").waitFor();
    await page.getByRole("button", { name: "Cancel order" }).click();
    const dialog = page.getByRole("dialog", { name: "Cancel this order?" });
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await untilStatus(surroundings, id, "scheduled");
    await page.getByRole("button", { name: "Cancel order" }).click();
    await dialog.getByRole("button", { name: "Cancel order" }).click();
    await page.getByText("The order is cancelled.").waitFor();
    await page.locator(".order-line").getByText("Cancelled").waitFor();
    await untilStatus(surroundings, id, "cancelled");
    await page.context().close();
  });

  test("what happened meanwhile is said when it stands against a cancel", async () => {
    const runAt = new Date(Date.now() + 3_600_000).toISOString();
    const id = await post(surroundings, { item: "poison:permanent", quantity: 1, price: 1, runAt });
    const page = await openSignedIn(surroundings, `#/orders/${id}`);
    await page.getByRole("button", { name: "Cancel order" }).click();
    await surroundings.system.database.run(({ connection }) =>
      connection.query("UPDATE orders SET due_at = UTC_TIMESTAMP(3) WHERE id = UUID_TO_BIN(?)", [id]),
    );
    await untilStatus(surroundings, id, "failed");
    await page.getByRole("dialog").getByRole("button", { name: "Cancel order" }).click();
    await page.getByText("an order that is failed cannot be cancelled").waitFor();
    await page.context().close();
  });

  test("a failed order is redriven after a question, and completes", async () => {
    const id = await post(surroundings, { item: "poison:permanent:1", quantity: 1, price: 1 });
    const page = await openSignedIn(surroundings, `#/orders/${id}`);
    await page.getByText("failed for good").waitFor();
    await page.getByRole("button", { name: "Redrive" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Redrive" }).click();
    await page.getByText("The order is in the queue again.").waitFor();
    await page.getByText("Redriven, waiting in the queue").waitFor();
    await page.locator(".order-line").getByText("Completed").waitFor();
    await page.context().close();
  });
}
