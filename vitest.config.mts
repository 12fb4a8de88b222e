import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      // Seconds, but many times that on a machine that is busy with a cluster.
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          maxWorkers: "100%",
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: "sandbox",
          include: ["sandbox/test/**/*.test.ts"],
          maxWorkers: "100%",
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // Each file has a cluster of its own, and half of its time is waiting: four keep two cores busy.
          maxWorkers: 4,
          testTimeout: 900_000,
          // A list of what is left on the cluster is of no use when it is cut short.
          chaiConfig: { truncateThreshold: 0 },
          hookTimeout: 3_600_000,
        },
      },
    ],
  },
});
