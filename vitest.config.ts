import { defineConfig } from "vitest/config";

const { dashboardPageForTests } = await import(new URL("infra/serverless/dashboard-page.mjs", import.meta.url).href);

/** They wait for leases and starts most of the time, so several run at once, after the tests that keep the cores busy. */
const wholeSystems = {
  maxWorkers: 3,
  sequence: { groupOrder: 1 },
  testTimeout: 120_000,
  hookTimeout: 180_000,
};

/** They compare how long answers take. */
const timedTests = "test/system/faults.test.ts";

export default defineConfig({
  plugins: [dashboardPageForTests],
  test: {
    globalSetup: "test/harness/servers.ts",
    projects: [
      {
        extends: true,
        test: {
          name: "parts",
          include: ["{bench,cli,core,dashboard,functions,grpc-gateway,infra}/**/*.test.ts", "test/chaos/**/*.test.ts"],
          // They mostly wait for servers, so more of them than cores run at once.
          maxWorkers: 4,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          // The dashboard in a real browser, on a whole system.
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          ...wholeSystems,
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "system",
          include: ["test/system/**/*.test.ts"],
          exclude: [timedTests],
          ...wholeSystems,
        },
      },
      {
        extends: true,
        test: {
          // What measures, or takes both cores: others beside it would be measured, too.
          name: "alone",
          include: [timedTests, "test/audit/**/*.test.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          // Several gateways and workers: stops, starts and overload, with the minutes that they take.
          name: "reliability",
          include: ["test/reliability/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          // Millions of states: a core for over a minute, which the tests with real servers need themselves.
          name: "model",
          include: ["test/model/**/*.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          // The rendered template of the cloud stack, and the stack deployed to the local emulator.
          name: "deploy",
          include: ["test/deploy/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: "compose",
          include: ["test/compose/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 900_000,
        },
      },
      {
        extends: true,
        test: {
          // The dashboard's pictures in docs/dashboard/, made anew.
          name: "pictures",
          include: ["test/pictures/**/*.test.ts"],
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: "fuzz",
          include: ["test/fuzz/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
