import pino from "pino";
import { expect, test } from "vitest";
import type { CatalogEntry } from "../backups/catalog";
import { planRetention } from "../backups/plan-retention";
import { isGood, liveAt, newestCover, protection } from "../backups/protect";
import { wouldHalve } from "../backups/retention-blocked";
import { catalogEntry } from "../backups/testing/catalog-entry";
import { BUILT_IN_SCHEDULE } from "../config";
import { createHandClock } from "../control/testing/hand-clock";
import type { OperationView } from "../control/types";
import type { AlertNotice, RetentionPolicy, ScheduleSettings } from "../nestegg-operate";
import { ScheduleKeeper } from "../schedule/keeper";
import { seededRandom } from "../storage/testing/seeded-random";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const STEP_MS = 30 * MINUTE_MS;
/** Half an hour before the clocks of Berlin go back, so that the year has both changes. */
const START = Date.parse("2027-10-31T00:30:00.000Z");

const days: RetentionPolicy = { all: { keep: "days", days: 30 }, types: {}, timeZone: "UTC" };
const generations: RetentionPolicy = {
  all: { keep: "generations", last: 4, hourly: 0, daily: 14, weekly: 8, monthly: 12, yearly: 1 },
  types: {},
  timeZone: "Europe/Berlin",
};
const daily: Partial<ScheduleSettings> = { preset: "daily", time: "02:30", timeZone: "Europe/Berlin" };

/** What one year did to the server, and what it did about it. */
interface Year {
  made: number;
  failedRuns: number;
  deleted: number;
  damaged: number;
  missedHours: number;
  told: AlertNotice[];
}

/** A spell of trouble that begins now and then: the storage is away, or the server is off. */
type Spells = (now: number) => boolean;

test.each([
  { name: "every 6 hours, 30 days", schedule: {}, policy: days, gapMs: 6 * HOUR_MS, seed: 1 },
  { name: "every 6 hours, generations", schedule: {}, policy: generations, gapMs: 6 * HOUR_MS, seed: 2 },
  { name: "daily in Berlin, 30 days", schedule: daily, policy: days, gapMs: 25 * HOUR_MS, seed: 3 },
  { name: "daily in Berlin, generations", schedule: daily, policy: generations, gapMs: 25 * HOUR_MS, seed: 4 },
] as const)(
  "a year of $name, with outages, damage, crashes and a jumping clock: never without a good backup while there was one to keep",
  async ({ schedule, policy, gapMs, seed }) => {
    const year = await liveThrough({ schedule, policy, gapMs, seed });
    // The year must have been a hard one, else it shows nothing.
    expect(year.failedRuns).toBeGreaterThan(10);
    expect(year.damaged).toBeGreaterThan(0);
    expect(year.deleted).toBeGreaterThan(100);
    expect(year.missedHours).toBeGreaterThan(24);
    expect(year.told.some(({ kind }) => kind === "trouble")).toBe(true);
    expect(year.told.some(({ kind }) => kind === "recovered")).toBe(true);
  },
  120_000,
);

async function liveThrough(input: {
  schedule: Partial<ScheduleSettings>;
  policy: RetentionPolicy;
  gapMs: number;
  seed: number;
}): Promise<Year> {
  const random = seededRandom(input.seed);
  const clock = createHandClock(new Date(START).toISOString());
  const memory = new Map<string, string>();
  const operations = new Map<string, OperationView>();
  const told: AlertNotice[] = [];
  const entries: CatalogEntry[] = [];
  const year: Year = { made: 0, failedRuns: 0, deleted: 0, damaged: 0, missedHours: 0, told };
  const storageAway = spells(random, { everyDays: 25, longestHours: 80 });
  const serverOff = spells(random, { everyDays: 40, longestHours: 60 });
  let isAway = false;

  const open = () =>
    ScheduleKeeper.open({
      clock,
      log: pino({ level: "silent" }),
      memory: {
        get: async (name) => memory.get(name) ?? null,
        set: async (name, value) => void (value === null ? memory.delete(name) : memory.set(name, value)),
      },
      defaults: { ...BUILT_IN_SCHEDULE, ...input.schedule },
      defaultsFrom: "default",
      backupEnabled: true,
      hindrance: () => null,
      async begin() {
        const operationId = `op-${operations.size + 1}`;
        const state = isAway ? "failed" : "ok";
        if (state === "ok") entries.unshift(takeBackup(clock.now(), entries, random));
        if (state === "ok") year.made += 1;
        else year.failedRuns += 1;
        const backupId = state === "ok" ? (entries[0]?.id ?? null) : null;
        const view = { id: operationId, state, backupId } as OperationView;
        operations.set(operationId, view);
        return { operationId, done: Promise.resolve(view) };
      },
      coveredUntil: () => {
        const newest = newestCover(entries);
        return newest ? new Date(liveAt(newest)) : null;
      },
      operation: async (id) => operations.get(id) ?? null,
      audit: async () => undefined,
      tell: (notice) => void told.push(notice),
      announce: () => undefined,
    });

  let keeper: ScheduleKeeper | null = await open();
  let retentionAt = START + DAY_MS;
  let soundSince = START;
  for (let at = START; at < START + 365 * DAY_MS; at += STEP_MS) {
    // Clock trouble of minutes, both ways, now and then; the world itself goes on.
    const jump = random() < 0.002 ? Math.round((random() - 0.5) * 20 * MINUTE_MS) : 0;
    clock.set(new Date(at + jump).toISOString());
    if (serverOff(at)) {
      keeper = null;
      soundSince = at;
      year.missedHours += STEP_MS / HOUR_MS;
      continue;
    }
    // The process that starts again knows only what it had written down.
    keeper ??= await open();
    isAway = storageAway(at);
    if (isAway) soundSince = at;
    await keeper.tick();
    await new Promise((resolve) => setImmediate(resolve));

    if (random() < 0.0005) year.damaged += damageOne(entries, random);
    if (at >= retentionAt && !isAway) {
      retentionAt += DAY_MS;
      year.deleted += retain(entries, input.policy, new Date(at));
    }
    expectStillSafe(entries, at, { sinceMs: at - soundSince, gapMs: input.gapMs });
  }
  return year;
}

/** Verified at once but for one in fifty, which turns out to be damaged. */
function takeBackup(now: Date, entries: CatalogEntry[], random: () => number): CatalogEntry {
  const newest = entries[0]?.manifest ? Date.parse(entries[0].manifest.createdAt) : 0;
  // Ids never go back, whatever the clock does.
  const time = new Date(Math.max(now.getTime(), newest + 1000));
  // Never two in a row, so that the longest gap can be told.
  const isDamaged = random() < 0.02 && entries[0] !== undefined && isGood(entries[0]);
  const entry = catalogEntry({ at: time, type: "scheduled", result: isDamaged ? "failed" : "verified" });
  if (entry.manifest && random() < 0.005) entry.manifest.locked = true;
  return entry;
}

/** A later verification finds one of the older ones damaged. */
function damageOne(entries: CatalogEntry[], random: () => number): number {
  const good = entries.filter(isGood);
  const victim = good[1 + Math.floor(random() * (good.length - 1))];
  if (!victim?.manifest?.verification) return 0;
  victim.manifest.verification.result = "failed";
  return 1;
}

/** As the nightly run does: what goes is marked, and looked at once more when its 10 minutes are over. */
function retain(entries: CatalogEntry[], policy: RetentionPolicy, now: Date): number {
  const rows = planRetention({ entries, policy, now });
  const going = rows.filter(({ stays }) => !stays);
  // A run that would delete more than half waits for an admin.
  if (going.length === 0 || wouldHalve(rows, entries)) return 0;
  let deleted = 0;
  for (const { id } of going) {
    const index = entries.findIndex((entry) => entry.id === id);
    const entry = entries[index];
    if (!entry || protection(entry, entries)) continue;
    expect(entry.manifest?.locked, id).toBe(false);
    entries.splice(index, 1);
    deleted += 1;
  }
  return deleted;
}

function expectStillSafe(entries: CatalogEntry[], at: number, { sinceMs, gapMs }: { sinceMs: number; gapMs: number }) {
  if (entries.length === 0) return expect(sinceMs, new Date(at).toISOString()).toBeLessThanOrEqual(gapMs + STEP_MS);
  expect(entries.filter(isGood).length, new Date(at).toISOString()).toBeGreaterThan(0);
  // With server and storage there, the schedule catches up: the next slot, or a retry after at most four hours.
  const newest = newestCover(entries);
  const ageMs = newest ? at - liveAt(newest) : Number.POSITIVE_INFINITY;
  const slackMs = 4 * HOUR_MS + 2 * STEP_MS;
  // One that failed its verification leaves a gap of one more slot.
  if (sinceMs > 2 * gapMs + slackMs) {
    expect(ageMs, `${new Date(at).toISOString()}, newest ${newest?.id}`).toBeLessThanOrEqual(2 * gapMs + slackMs);
  }
}

function spells(
  random: () => number,
  { everyDays, longestHours }: { everyDays: number; longestHours: number },
): Spells {
  let until = 0;
  return (now) => {
    if (now >= until && random() < STEP_MS / (everyDays * DAY_MS)) until = now + random() * longestHours * HOUR_MS;
    return now < until;
  };
}
