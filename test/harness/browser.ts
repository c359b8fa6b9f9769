import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { readLocalConfig } from "../../infra/local/config.ts";
import { findChromium } from "../../infra/local/packages/chromium.ts";

/** Where tests leave pictures of the pages: no part of the repository. */
export const picturesFolder = resolve(".orders/pictures");

/** How a page is looked at. */
export const views = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  phone: {
    ...{ viewport: { width: 360, height: 780 }, colorScheme: "light", deviceScaleFactor: 2 },
    ...{ isMobile: true, hasTouch: true },
  },
} as const satisfies Readonly<Record<string, BrowserContextOptions>>;

/** A real Chromium. Use what is returned within tests and hooks only. */
export class TestBrowser {
  #browser: Browser | undefined;
  /** What no page may do: errors, refusals by its policy, requests to elsewhere. */
  readonly complaints: string[] = [];

  async start(): Promise<void> {
    const { executablePath, env } = await findChromium(readLocalConfig(), (line) => process.stderr.write(`${line}\n`));
    const environment = Object.entries({ ...process.env, ...env }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    );
    this.#browser = await chromium.launch({
      executablePath,
      env: Object.fromEntries(environment),
      // Chromium refuses to be root's with its sandbox on.
      chromiumSandbox: process.getuid?.() !== 0,
    });
  }

  /** Opens an address in a window of its own, with nothing kept of others. */
  async open(url: string, view: BrowserContextOptions = views.light, key?: string): Promise<Page> {
    if (this.#browser === undefined) throw new Error("the browser is not started");
    const context = await this.#browser.newContext({ ...view, timezoneId: "UTC", locale: "en-GB" });
    if (key !== undefined) {
      await context.addInitScript((value) => sessionStorage.setItem("orders.apiKey", value), key);
    }
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    this.#watch(page, new URL(url).origin);
    await page.goto(url);
    return page;
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
  }

  #watch(page: Page, origin: string): void {
    page.on("pageerror", (error) => this.complaints.push(`an error: ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      // That a request was refused or not answered the browser says of each, and the page deals with it.
      const isAnswer = message.text().startsWith("Failed to load resource");
      if (["error", "warning"].includes(message.type()) && !isAnswer) this.complaints.push(message.text());
    });
    page.on("request", (request) => {
      const { protocol, origin: asked } = new URL(request.url());
      if (protocol !== "data:" && asked !== origin) this.complaints.push(`asks elsewhere: ${request.url()}`);
    });
  }
}

/** Gives the test file a browser. */
export function useBrowser(): TestBrowser {
  const browser = new TestBrowser();
  beforeAll(() => browser.start());
  afterAll(() => browser.stop());
  return browser;
}

/** Expects that axe has nothing to say against what is seen, and that nothing must be scrolled sideways. */
export async function expectAccessible(page: Page): Promise<void> {
  // The rows of a list are alike, and a page of them takes axe seconds.
  const { violations } = await new AxeBuilder({ page }).exclude(".orders tbody tr:nth-child(n+6)").analyze();
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
  );
  expect(found).toEqual([]);
  const wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  expect(wide, "pixels to scroll sideways").toBe(0);
}

/** Keeps a picture of what is seen. */
export async function picture(page: Page, name: string, folder = picturesFolder): Promise<void> {
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
