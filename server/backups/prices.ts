import type { RequestCounts } from "../storage/object-store";

/** R2's standard storage at list price, in US dollars (facts of November 2026); its free allowance is for the whole account. */
export const DOLLARS_PER_GB_MONTH = 0.015;
export const FREE_GB = 10;
const DOLLARS_PER_CLASS_A = 4.5 / 1e6;
const DOLLARS_PER_CLASS_B = 0.36 / 1e6;

export function requestDollars({ classA, classB }: Pick<RequestCounts, "classA" | "classB">): number {
  return classA * DOLLARS_PER_CLASS_A + classB * DOLLARS_PER_CLASS_B;
}

export function monthlyDollars(bytes: number): number {
  return (bytes / 1e9) * DOLLARS_PER_GB_MONTH;
}
