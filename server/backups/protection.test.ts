import { expect, test } from "vitest";
import { judgeProtection, type ProtectionFacts } from "./protection";

const NOW = new Date("2026-11-24T14:12:00Z");
const HOUR_MS = 3_600_000;

const SIX_HOURLY = { intervalMs: 6 * HOUR_MS, overdueSince: null, words: "every 6 hours" };
const every = (hours: number) => ({ ...SIX_HOURLY, intervalMs: hours * HOUR_MS });

function facts(change: Partial<ProtectionFacts> = {}): ProtectionFacts {
  return {
    now: NOW,
    backupEnabled: true,
    listReadAt: NOW,
    listProblem: null,
    storageKind: "r2",
    databaseFault: null,
    newestGood: {
      id: "hesocial-manual-20261124-140000.duckdb",
      takenAt: new Date(NOW.getTime() - 12 * 60_000),
      state: "verified",
    },
    newestFailed: null,
    changedSinceBackup: true,
    unprotectedSinceCrash: null,
    lastBackupRun: null,
    schedule: SIX_HOURLY,
    clockOffsetMs: 300,
    newestIdAheadMs: 0,
    ...change,
  };
}

const aged = (hours: number) => ({
  id: "hesocial-manual-20261123-000000.duckdb",
  takenAt: new Date(NOW.getTime() - hours * HOUR_MS),
  state: "verified" as const,
});

test("a verified backup of minutes ago on R2 is safe, and the line says how old and how proven", () => {
  const verdict = judgeProtection(facts());
  expect(verdict).toMatchObject({ status: "safe", title: "Your data is safe", attention: null });
  expect(verdict.line).toContain("12 minutes");
  expect(verdict.line).toContain("every row");
});

test.each<[string, Partial<ProtectionFacts>, string]>([
  ["switched off", { backupEnabled: false }, "unprotected"],
  ["no good backup ever", { newestGood: null }, "unprotected"],
  ["six missed runs old and changed since", { newestGood: aged(37) }, "unprotected"],
  ["a day old, four missed runs", { newestGood: aged(25) }, "at-risk"],
  ["a day old by an hourly schedule", { newestGood: aged(25), schedule: every(1) }, "unprotected"],
  ["hours old by an hourly schedule", { newestGood: aged(3), schedule: every(1) }, "at-risk"],
  ["a day old by a daily schedule", { newestGood: aged(25), schedule: every(24) }, "safe"],
  ["days old by a weekly schedule", { newestGood: aged(160), schedule: every(168) }, "safe"],
  [
    "a day old without a schedule",
    { newestGood: aged(37), schedule: { ...SIX_HOURLY, intervalMs: null } },
    "unprotected",
  ],
  ["days old but nothing changed since", { newestGood: aged(60), changedSinceBackup: false }, "safe"],
  ["overdue, though young", { schedule: { ...SIX_HOURLY, overdueSince: NOW } }, "at-risk"],
  ["changes left by a crash", { unprotectedSinceCrash: NOW }, "unprotected"],
  [
    "storage away for longer than six intervals",
    {
      listProblem: { code: "storage_unreachable", message: "away" },
      listReadAt: new Date(NOW.getTime() - 37 * HOUR_MS),
    },
    "unprotected",
  ],
  ["storage away for a moment", { listProblem: { code: "storage_unreachable", message: "away" } }, "at-risk"],
  ["older than one and a half intervals", { newestGood: aged(10) }, "at-risk"],
  ["younger than one and a half intervals", { newestGood: aged(9) }, "safe"],
  ["newest check failed", { newestFailed: { id: "x", state: "failed" } }, "at-risk"],
  ["newest object missing", { newestFailed: { id: "x", state: "missing" } }, "at-risk"],
  ["this machine only", { storageKind: "local" }, "at-risk"],
  ["never read back for an interval", { newestGood: { ...aged(7), state: "stored" } }, "at-risk"],
  ["clock six minutes off", { clockOffsetMs: -360_000 }, "at-risk"],
  ["clock six minutes behind the newest id", { newestIdAheadMs: 360_000 }, "at-risk"],
  ["bucket never read", { listReadAt: null }, "unknown"],
])("%s: %s gives %s", (_name, change, status) => {
  expect(judgeProtection(facts(change)).status).toBe(status);
});

test("the worst reason speaks, and a running success never hides a failed last run", () => {
  const failed = {
    id: "op_1",
    state: "failed",
    error: { code: "storage_forbidden", message: "R2 refused the key.", hint: null },
  };
  const verdict = judgeProtection(
    facts({ lastBackupRun: failed as ProtectionFacts["lastBackupRun"], storageKind: "local" }),
  );
  expect(verdict.status).toBe("at-risk");
  expect(verdict.line).toContain("R2 refused the key.");
  expect(verdict.attention?.link?.href).toBe("/activity/op_1");
  expect(verdict.reasons.map((reason) => reason.code)).toEqual(["last-run-failed", "local-only"]);
});

test("an overdue run is named with its time and with how often one is expected", () => {
  const overdueSince = new Date("2026-11-23T22:00:00Z");
  const verdict = judgeProtection(facts({ schedule: { ...SIX_HOURLY, overdueSince }, newestGood: aged(16) }));
  expect(verdict.line).toBe("No good backup since the one due at 23 Nov, 22:00 UTC, expected every 6 hours.");
  expect(verdict.attention).toMatchObject({ code: "overdue", tone: "warn", link: { href: "/settings/schedule" } });
  expect(verdict.reasons.map(({ code }) => code)).toEqual(["overdue"]);
});

test("an outage of minutes is told in minutes", () => {
  const everyMinute = { intervalMs: 60_000, overdueSince: null, words: "every minute" };
  const listProblem = { code: "storage_unreachable", message: "away" };
  const listReadAt = new Date(NOW.getTime() - 9 * 60_000);
  const { line } = judgeProtection(facts({ schedule: everyMinute, listProblem, listReadAt }));
  expect(line).toBe("The storage has not answered for 9 minutes. away");
});
