import { defineConfig } from "vitest/config";
import base from "./vitest.config";

/** Each count takes as long as it takes; one file at a time, so that none starves another's kill timing. */
const SIX_HOURS_MS = 6 * 60 * 60 * 1000;

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ["server/**/*.soak.ts"],
    maxWorkers: 1,
    testTimeout: SIX_HOURS_MS,
    hookTimeout: SIX_HOURS_MS,
    passWithNoTests: true,
    disableConsoleIntercept: true,
  },
});
