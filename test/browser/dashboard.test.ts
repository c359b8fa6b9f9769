import { createHash } from "node:crypto";
import { afterEach, describe, expect } from "vitest";
import { useBrowser } from "../harness/browser.ts";
import { useSystem } from "../harness/system.ts";
import { testAway } from "./away.ts";
import { testFinding } from "./finding.ts";
import { testFirstVisit } from "./first-visit.ts";
import { testLooks } from "./looks.ts";
import { testOrderPage } from "./order-page.ts";
import { testPosting } from "./posting.ts";

const key = "a-key-for-the-dashboard";
const browser = useBrowser();
// They share a system, which takes longer to start than most of them, and go from no orders to many.
const system = useSystem({
  API_KEYS: `tests:${createHash("sha256").update(key).digest("hex")}`,
  ...{ WORKER_BUILD_TAGS: "chaos", PROCESS_MS: "400", WORKER_CONCURRENCY: "40" },
});
const surroundings = { browser, system, key };

afterEach(() => expect(browser.complaints.splice(0)).toEqual([]));

describe("at first", () => testFirstVisit(surroundings));
describe("posting", () => testPosting(surroundings));
describe("finding an order", () => testFinding(surroundings));
describe("the page of an order", () => testOrderPage(surroundings));
describe("the looks", () => testLooks(surroundings));
describe("when the API is away", () => testAway(surroundings));
