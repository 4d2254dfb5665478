import { expect, test } from "vitest";
import { StopBudget } from "./stop-budget";

function budgetOf(job: { budgetMs: number | null; knownSendRate: number | null }) {
  const clock = { nowMs: 0 };
  return { clock, budget: new StopBudget(job, () => clock.nowMs) };
}

test("what would need far longer than is left is out of time, by the rate of this run or the known one", () => {
  const { budget, clock } = budgetOf({ budgetMs: 10_000, knownSendRate: 1_000_000 });
  expect(() => budget.require(14_000_000, null)).not.toThrow();
  expect(() => budget.require(16_000_000, null)).toThrowError(
    /16 MB are still to be sent at 1.0 MB\/s: about 16 s where 10 s/,
  );
  expect(() => budget.require(16_000_000, 2_000_000)).not.toThrow();
  clock.nowMs = 6_000;
  expect(() => budget.require(14_000_000, 2_000_000)).toThrowError(expect.objectContaining({ code: "out_of_time" }));
  expect(() => budget.require(0, 1)).not.toThrow();
});

test("without a budget, or without any rate, nothing is out of time and nothing needs a plan", () => {
  const free = budgetOf({ budgetMs: null, knownSendRate: 1 }).budget;
  expect(() => free.require(1e12, 1)).not.toThrow();
  expect(free.asksForPlan(1e12)).toBe(false);
  const unknown = budgetOf({ budgetMs: 1, knownSendRate: null }).budget;
  expect(() => unknown.require(1e12, null)).not.toThrow();
  expect(unknown.asksForPlan(1e12)).toBe(false);
});

test("a line too slow for the whole file asks for a plan first", () => {
  const { budget } = budgetOf({ budgetMs: 10_000, knownSendRate: 1_000_000 });
  expect(budget.asksForPlan(9_000_000)).toBe(false);
  expect(budget.asksForPlan(11_000_000)).toBe(true);
});
