import type { CostVerbs, CostView, MetricsVerbs } from "../../nestegg-operate";
import type { FakeDoor } from "./fake-restores";

export const FAKE_COST: CostView = {
  settings: {
    prices: {
      date: "2026-11-24",
      currency: "USD",
      perGbMonth: 0.015,
      perMillionClassA: 4.5,
      perMillionClassB: 0.36,
      freeGb: 10,
      freeClassA: 1_000_000,
      freeClassB: 10_000_000,
    },
    budget: 1,
  },
  source: "default",
  isR2: true,
  billed: true,
  month: {
    name: "2026-11",
    since: "2026-11-01T00:00:00.000Z",
    storedGbMonths: 0.2,
    classA: 12,
    classB: 30,
    storageDollars: 0,
    requestDollars: 0,
    totalDollars: 0,
  },
  forecast: { totalDollars: 0, storedGb: 0.4, overBudget: false },
  history: [],
  perBackupDollars: null,
};

export function fakeCost(door: FakeDoor): CostVerbs {
  return {
    async get() {
      door().reach("cost.get");
      return FAKE_COST;
    },
    async save(_caller, settings) {
      door().reach("cost.save");
      return { ...FAKE_COST, settings, source: "dashboard" };
    },
  };
}

export function fakeMetrics(door: FakeDoor): MetricsVerbs {
  return {
    async scrape() {
      door().reach("metrics.scrape");
      return { contentType: "text/plain; version=0.0.4; charset=utf-8", text: "nestegg_build_info 1\n" };
    },
  };
}
