import type { RetentionPolicy, RetentionRule } from "../../nestegg-operate";
import type { CatalogEntry } from "../catalog";
import { planRetention } from "../plan-retention";

/** The moment of which these tests ask, where they name no other. */
export const NOW = new Date("2026-11-24T12:00:00Z");
const NONE = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };

export const generations = (counts: Partial<typeof NONE>): RetentionRule => ({
  keep: "generations",
  ...NONE,
  ...counts,
});

export const policyOf = (all: RetentionRule, rest: Partial<RetentionPolicy> = {}): RetentionPolicy => ({
  all,
  types: {},
  timeZone: "UTC",
  ...rest,
});

/** One rule for all types. */
export const days = (count: number) => policyOf({ keep: "days", days: count });

export const plan = (entries: CatalogEntry[], policy: RetentionPolicy, now = NOW) =>
  planRetention({ entries, policy, now });

/** Ids of those that go. */
export const goingOf = (entries: CatalogEntry[], policy: RetentionPolicy, now = NOW) =>
  plan(entries, policy, now)
    .filter(({ stays }) => !stays)
    .map(({ id }) => id);

/** Those that stay, and why. */
export const stayingOf = (entries: CatalogEntry[], policy: RetentionPolicy) =>
  plan(entries, policy).flatMap(({ stays, timestamp, why }) => (stays ? [`${timestamp} ${why}`] : []));
