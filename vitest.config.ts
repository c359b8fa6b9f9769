import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "test/harness/servers.ts",
    projects: [
      {
        extends: true,
        test: {
          name: "parts",
          include: ["{core,functions,grpc-gateway,infra}/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "system",
          include: ["test/**/*.test.ts"],
          // Each of them starts whole systems: two at once would measure each other.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
