import { z } from "zod";
import type { RequestCounts } from "../storage/object-store";

/** More than the page shows: a clock that jumps makes months of its own, and they must not push out real ones. */
const MONTHS_KEPT = 24;
/** What was stored goes on being counted over a stop, but not over this: then rather the clock was wrong, before or now. */
const LONGEST_GAP_MS = 35 * 24 * 3_600_000;
/** A rate of the first minutes would make a month of one storage check. */
const LEAST_OBSERVED_MS = 24 * 3_600_000;

const usage = z.number().nonnegative();
const ledgerMonth = z.object({
  /** "2026-11", in UTC, as the store counts its months. */
  name: z.string().regex(/^\d{4}-\d{2}$/),
  /** Counting began here: the month's first moment, or the server's first. */
  since: z.iso.datetime(),
  /** Up to when its bytes are counted: after the clock was set back, ahead of it. Nothing is counted twice. */
  until: z.iso.datetime().default("1970-01-01T00:00:00.000Z"),
  byteSeconds: usage,
  classA: usage,
  classB: usage,
  free: usage,
});

export const ledgerSchema = z.object({
  /** Up to when it is counted. */
  at: z.iso.datetime(),
  /** Stored since then. */
  bytes: usage,
  /** The month whose budget has been spoken of. */
  warned: z.string().nullable(),
  months: z.array(ledgerMonth),
});

export type Ledger = z.infer<typeof ledgerSchema>;
export type LedgerMonth = z.infer<typeof ledgerMonth>;

export function emptyLedger(now: Date): Ledger {
  return { at: now.toISOString(), bytes: 0, warned: null, months: [] };
}

/**
 * The ledger up to `now`: the bytes that lay in the store since its last word are counted by the second into their months, also those
 * of a time when nobody was running; requests belong to the month in which they are told. `bytes` null: not known, as before.
 * When the clock went back, or ahead by more than a stop lasts, no bytes are counted; no month is lost by it.
 */
export function advance(
  ledger: Ledger,
  now: Date,
  { requests, bytes }: { requests: RequestCounts; bytes: number | null },
): Ledger {
  const months = new Map(ledger.months.map((month) => [month.name, { ...month }]));
  const last = new Date(ledger.at);
  const gapMs = now.getTime() - last.getTime();
  for (const { from, to } of gapMs > LONGEST_GAP_MS ? [] : slicesByMonth(last, now)) {
    const month = monthAt(months, from);
    const uncountedMs = to.getTime() - Math.max(from.getTime(), Date.parse(month.until));
    if (uncountedMs <= 0) continue;
    month.byteSeconds += (ledger.bytes * uncountedMs) / 1000;
    month.until = to.toISOString();
  }
  const current = monthAt(months, now);
  // It began under a clock that was ahead.
  if (new Date(current.since) > now) {
    Object.assign(current, { since: now.toISOString(), until: now.toISOString(), byteSeconds: 0 });
  }
  current.classA += requests.classA;
  current.classB += requests.classB;
  current.free += requests.free;
  months.delete(current.name);
  const others = [...months.values()].sort(byName).slice(1 - MONTHS_KEPT);
  return { ...ledger, at: now.toISOString(), bytes: bytes ?? ledger.bytes, months: [...others, current].sort(byName) };
}

/** The month of `now`, of which `advance` has just told. What was counted of it under a clock that was ahead is taken pro rata. */
export function presentMonth({ months }: Ledger, now: Date): LedgerMonth {
  const month = months.find(({ name }) => name === monthName(now));
  if (!month) throw new Error("the present month is not in the ledger that was counted a moment ago");
  const [since, until] = [Date.parse(month.since), Date.parse(month.until)];
  if (until <= now.getTime()) return month;
  return { ...month, byteSeconds: (month.byteSeconds * Math.max(0, now.getTime() - since)) / (until - since) };
}

/** What is stored and asked by the month's end when it goes on like this: these bytes, and requests at the month's rate. */
export function foresee(
  month: LedgerMonth,
  now: Date,
  bytes: number,
): { gbMonths: number; classA: number; classB: number } {
  const { end, seconds } = spanOf(month.name);
  const leftMs = Math.max(0, end.getTime() - now.getTime());
  const observedMs = Math.max(LEAST_OBSERVED_MS, now.getTime() - Date.parse(month.since));
  const grown = (count: number) => count * (1 + leftMs / observedMs);
  return {
    gbMonths: (month.byteSeconds + (bytes * leftMs) / 1000) / seconds / 1e9,
    classA: grown(month.classA),
    classB: grown(month.classB),
  };
}

export function gbMonthsOf(month: LedgerMonth): number {
  return month.byteSeconds / spanOf(month.name).seconds / 1e9;
}

export function monthName(at: Date): string {
  return at.toISOString().slice(0, 7);
}

function monthAt(months: Map<string, LedgerMonth>, at: Date): LedgerMonth {
  const name = monthName(at);
  const known = months.get(name);
  if (known) return known;
  const since = at.toISOString();
  const month = { name, since, until: since, byteSeconds: 0, classA: 0, classB: 0, free: 0 };
  months.set(name, month);
  return month;
}

function byName(one: LedgerMonth, other: LedgerMonth): number {
  return one.name < other.name ? -1 : 1;
}

function slicesByMonth(from: Date, to: Date): { from: Date; to: Date }[] {
  const slices: { from: Date; to: Date }[] = [];
  for (let at = from; at < to; ) {
    const end = new Date(Math.min(spanOf(monthName(at)).end.getTime(), to.getTime()));
    slices.push({ from: at, to: end });
    at = end;
  }
  return slices;
}

function spanOf(name: string): { end: Date; seconds: number } {
  const start = new Date(`${name}-01T00:00:00Z`);
  const end = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1));
  return { end, seconds: (end.getTime() - start.getTime()) / 1000 };
}
