import { describe } from "vitest";
import { useSystem } from "../harness/system.ts";
import { testHttpFront } from "./http-front.ts";
import { testOrderWay } from "./order-way.ts";

// Their tests share a system: it takes longer to start than most of them.
const system = useSystem();

describe("the way of an order", () => testOrderWay(system));
describe("the HTTP front", () => testHttpFront(system));
