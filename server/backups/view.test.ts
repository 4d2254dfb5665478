import { expect, test } from "vitest";
import { R2_PRICES } from "./prices";
import { catalogEntry } from "./testing/catalog-entry";
import { listFacts, viewBackup } from "./view";

const requestsByClass = { classA: 1_000, classB: 2_000, free: 3 };
const entry = catalogEntry({
  at: "2026-11-24T10:00:00Z",
  bytes: 2_000_000_000,
  manifest: {
    transfer: { sentBytes: 2e9, reusedBytes: 0, baseId: null, requests: 3_003, requestsByClass, durationMs: 1 },
  },
});

test.each([
  { prices: R2_PRICES, requestDollars: 0.00522, monthlyDollars: 0.03 },
  { prices: { ...R2_PRICES, perGbMonth: 0.023, perMillionClassA: 5 }, requestDollars: 0.00572, monthlyDollars: 0.046 },
])("a backup costs what the saved prices say: $prices.perGbMonth a GB", ({ prices, ...dollars }) => {
  const { transfer } = viewBackup(entry, listFacts([entry], [], prices));
  expect(transfer?.requestDollars).toBeCloseTo(dollars.requestDollars, 8);
  expect(transfer?.monthlyDollars).toBeCloseTo(dollars.monthlyDollars, 8);
});

test("a backup in a folder costs nothing that could be told", () => {
  const { transfer } = viewBackup(entry, listFacts([entry], [], null));
  expect(transfer).toMatchObject({ requestDollars: null, monthlyDollars: null, requests: requestsByClass });
});
