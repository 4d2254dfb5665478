import type { PriceTable } from "../nestegg-operate";
import type { RequestCounts } from "../storage/object-store";

/** R2's standard storage at list price, as its price page said on that day; the free allowance is for the whole account. */
export const R2_PRICES: PriceTable = {
  date: "2026-11-24",
  currency: "USD",
  perGbMonth: 0.015,
  perMillionClassA: 4.5,
  perMillionClassB: 0.36,
  freeGb: 10,
  freeClassA: 1_000_000,
  freeClassB: 10_000_000,
};

type Priced = Pick<RequestCounts, "classA" | "classB">;

/** Without the free allowance: what these are worth, whatever else the account does. */
export function requestDollars({ classA, classB }: Priced, prices: PriceTable = R2_PRICES): number {
  return (classA * prices.perMillionClassA + classB * prices.perMillionClassB) / 1e6;
}

/** Without the free allowance. */
export function monthlyDollars(bytes: number, prices: PriceTable = R2_PRICES): number {
  return (bytes / 1e9) * prices.perGbMonth;
}

/**
 * A month's bill after the free allowance, pro rata: the store rounds the usage of the whole account up to full units, of which
 * nobody here knows the rest.
 */
export function billOf(
  used: Priced & { gbMonths: number },
  prices: PriceTable,
): { storageDollars: number; requestDollars: number; totalDollars: number } {
  const storageDollars = Math.max(0, used.gbMonths - prices.freeGb) * prices.perGbMonth;
  const classA = Math.max(0, used.classA - prices.freeClassA);
  const classB = Math.max(0, used.classB - prices.freeClassB);
  const requests = requestDollars({ classA, classB }, prices);
  return { storageDollars, requestDollars: requests, totalDollars: storageDollars + requests };
}
