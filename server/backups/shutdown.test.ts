import { expect, test } from "vitest";
import { backupShareMs, stopLimitMs } from "./shutdown";

test.each([
  { budgetMs: 25_000, shareMs: 22_000, limitMs: 25_000 },
  { budgetMs: 4_000, shareMs: 2_400, limitMs: 5_400 },
  { budgetMs: 1_000, shareMs: 600, limitMs: 3_600 },
])("a stop of $budgetMs ms gives its backup $shareMs, and closing three seconds after that", (stop) => {
  expect(backupShareMs(stop.budgetMs)).toBe(stop.shareMs);
  expect(stopLimitMs(stop.budgetMs)).toBe(stop.limitMs);
});
