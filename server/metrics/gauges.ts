import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** From a small verification to a whole restore over a slow line. */
const DURATION_BUCKETS_SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600];

/** A value of this moment; null has no sample, for there is no number that means "never". */
export interface Value {
  set(value: number | null): void;
}

/** Values by label; each scrape replaces all of them. */
export interface Values<Label extends string> {
  set(rows: { labels: Record<Label, string>; value: number }[]): void;
}

export function defineGauge(registry: Registry, name: string, help: string): Value {
  const gauge = new Gauge({ name, help, registers: [registry] });
  gauge.remove();
  return { set: (value) => (value === null ? gauge.remove() : gauge.set(value)) };
}

export function defineGauges<Label extends string>(
  registry: Registry,
  name: string,
  { help, labels }: { help: string; labels: Label[] },
): Values<Label> {
  const gauge = new Gauge<Label>({ name, help, labelNames: labels, registers: [registry] });
  return {
    set(rows) {
      gauge.reset();
      for (const row of rows) gauge.set(row.labels, row.value);
    },
  };
}

/** For sums that are counted elsewhere: told as they stand, and never less than before. */
export function defineSum<Label extends string>(
  registry: Registry,
  name: string,
  { help, labels }: { help: string; labels: Label[] },
): Values<Label> {
  const counter = new Counter<Label>({ name, help, labelNames: labels, registers: [registry] });
  const told = new Map<string, number>();
  return {
    set(rows) {
      for (const { labels: at, value } of rows) {
        const key = JSON.stringify(at);
        const before = told.get(key) ?? 0;
        counter.inc(at, Math.max(0, value - before));
        told.set(key, Math.max(before, value));
      }
    },
  };
}

export function defineCounter<Label extends string>(
  registry: Registry,
  name: string,
  { help, labels }: { help: string; labels: Label[] },
): { add(labels: Record<Label, string>): void } {
  const counter = new Counter<Label>({ name, help, labelNames: labels, registers: [registry] });
  return { add: (at) => counter.inc(at) };
}

export function defineDurations<Label extends string>(
  registry: Registry,
  name: string,
  { help, labels }: { help: string; labels: Label[] },
): { add(labels: Record<Label, string>, seconds: number): void } {
  const buckets = DURATION_BUCKETS_SECONDS;
  const histogram = new Histogram<Label>({ name, help, labelNames: labels, buckets, registers: [registry] });
  return { add: (at, seconds) => histogram.observe(at, seconds) };
}

/** Rows of a gauge whose label is a state: 1 for the present one, 0 for the others. */
export function oneOf<Word extends string>(words: readonly Word[], present: Word) {
  return words.map((status) => ({ labels: { status }, value: status === present ? 1 : 0 }));
}
