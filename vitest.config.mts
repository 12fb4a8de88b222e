import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/*.test.ts"] } },
      { test: { name: "sandbox", include: ["sandbox/test/**/*.test.ts"], testTimeout: 30_000 } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // One cluster at a time: two cores are not enough for two control planes under test.
          fileParallelism: false,
          testTimeout: 900_000,
          // A list of what is left on the cluster is of no use when it is cut short.
          chaiConfig: { truncateThreshold: 0 },
          hookTimeout: 3_600_000,
        },
      },
    ],
  },
});
