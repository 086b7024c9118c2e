import { defineConfig } from "vitest/config";

/** Unit tests share their workers, which halves the time; integration tests own sockets and processes. */
export default defineConfig({
  test: {
    pool: "threads",
    testTimeout: 20_000,
    projects: [
      { extends: true, test: { name: "unit", include: ["test/unit/**/*.test.{ts,tsx}"], isolate: false } },
      { extends: true, test: { name: "integration", include: ["test/integration/**/*.test.ts"] } },
    ],
  },
});
