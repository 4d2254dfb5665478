import type { OperationView } from "../control/types";
import type { DatabaseFault } from "../database/types";
import type { BackupState, ProtectionStatus, Reason, StatusView } from "../nestegg";

const HOUR_MS = 3_600_000;
/** Without a schedule the contract counts with six hours: the seed accepts 6 to 8 hours of loss. */
const INTERVAL_MS = 6 * HOUR_MS;
/** So many missed runs, and a day at least: hourly backups that fail for six hours are no reason to cry. */
const UNPROTECTED_INTERVALS = 6;
const UNPROTECTED_AGE_MS = 24 * HOUR_MS;
const OVERDUE_GRACE_MS = 5 * 60_000;
const CLOCK_LIMIT_MS = 5 * 60_000;

export interface ProtectionFacts {
  now: Date;
  backupEnabled: boolean;
  /** Null: the bucket was never read in this process. */
  listReadAt: Date | null;
  listProblem: { code: string; message: string } | null;
  storageKind: "local" | "r2";
  databaseFault: DatabaseFault | null;
  newestGood: { id: string; takenAt: Date; state: BackupState } | null;
  newestFailed: { id: string; state: BackupState } | null;
  changedSinceBackup: boolean;
  /** The process before this one was killed and its changes are in no backup yet. */
  unprotectedSinceCrash: Date | null;
  lastBackupRun: OperationView | null;
  schedule: {
    /** Null while no run is planned. */
    intervalMs: number | null;
    /** The run that should have made a good backup and did not. */
    overdueSince: Date | null;
    /** "every 6 hours". */
    words: string;
  };
  clockOffsetMs: number | null;
  newestIdAheadMs: number;
}

export type Verdict = StatusView["protection"] & { attention: StatusView["attention"] };

/** The one place that says whether the data is safe; the page only prints it. First rule that matches wins. */
export function judgeProtection(facts: ProtectionFacts): Verdict {
  const unprotected = unprotectedReasons(facts);
  const risks = riskReasons(facts);
  const reasons = [...unprotected, ...risks];
  if (facts.listReadAt === null && !facts.listProblem) {
    return {
      status: "unknown",
      title: "Checking your backups…",
      line: "The bucket is being read.",
      link: null,
      reasons,
      attention: null,
    };
  }
  const status: ProtectionStatus = unprotected.length > 0 ? "unprotected" : risks.length > 0 ? "at-risk" : "safe";
  const worst = reasons[0];
  return {
    status,
    title: TITLES[status],
    line: worst?.text ?? safeLine(facts),
    link: worst?.href ? { text: LINK_TEXTS[worst.code] ?? "See why", href: worst.href } : null,
    reasons,
    attention: worst ? attentionOf(worst, status) : null,
  };
}

const TITLES: Record<ProtectionStatus, string> = {
  safe: "Your data is safe",
  "at-risk": "Your data is at risk",
  unprotected: "Your data is not protected",
  unknown: "Checking your backups…",
};

const LINK_TEXTS: Record<string, string> = {
  "local-only": "Connect R2",
  "last-run-failed": "See what failed",
  "check-failed": "See the backup",
  missing: "See the backup",
  storage: "Run a storage check",
  clock: "Run a storage check",
  overdue: "See the schedule",
};

function unprotectedReasons(facts: ProtectionFacts): Reason[] {
  const reasons: Reason[] = [];
  const age = ageOf(facts);
  if (facts.databaseFault)
    reasons.push({ code: "database", text: `${facts.databaseFault.message} ${facts.databaseFault.hint}`, href: null });
  if (!facts.backupEnabled)
    reasons.push({
      code: "switched-off",
      text: "Not protected: switched off. BACKUP_ENABLED is false, so nothing is backed up unless you press the button.",
      href: null,
    });
  if (facts.unprotectedSinceCrash)
    reasons.push({
      code: "crash",
      text: `The app stopped without a backup; what was written since ${clock(facts.unprotectedSinceCrash)} UTC is not backed up yet.`,
      href: "/activity",
    });
  if (!facts.newestGood && facts.listReadAt) reasons.push({ code: "no-backup", text: "No backup yet.", href: null });
  if (facts.newestGood && age > unprotectedAgeMs(facts))
    reasons.push({ code: "old", text: `No backup for ${hours(age)}.`, href: "/backups" });
  if (facts.listProblem && outageMs(facts) > UNPROTECTED_INTERVALS * intervalMs(facts))
    reasons.push({
      code: "storage",
      text: `The storage has not answered for ${span(outageMs(facts))}. ${facts.listProblem.message}`,
      href: "/settings/storage",
    });
  return reasons;
}

function riskReasons(facts: ProtectionFacts): Reason[] {
  const reasons: Reason[] = [];
  const run = facts.lastBackupRun;
  const age = ageOf(facts);
  if (run && (run.state === "failed" || run.state === "interrupted")) {
    reasons.push({
      code: "last-run-failed",
      text: `The last backup failed: ${run.error?.message ?? run.summary ?? "it was interrupted"}`,
      href: `/activity/${run.id}`,
    });
  }
  if (facts.listProblem) reasons.push({ code: "storage", text: facts.listProblem.message, href: "/settings/storage" });
  if (facts.newestFailed) {
    const text =
      facts.newestFailed.state === "missing"
        ? "The file of the newest backup is gone from the bucket."
        : "The newest backup did not pass its check.";
    reasons.push({
      code: facts.newestFailed.state === "missing" ? "missing" : "check-failed",
      text,
      href: `/backups/${facts.newestFailed.id}`,
    });
  }
  const { overdueSince, words } = facts.schedule;
  if (overdueSince) {
    reasons.push({
      code: "overdue",
      text: `No good backup since the one due at ${day(overdueSince, facts.now)}${clock(overdueSince)} UTC, expected ${words}.`,
      href: "/settings/schedule",
    });
  } else if (facts.newestGood && age <= unprotectedAgeMs(facts) && age > 1.5 * intervalMs(facts) + OVERDUE_GRACE_MS) {
    reasons.push({ code: "overdue", text: `The newest good backup is ${hours(age)} old.`, href: null });
  }
  if (
    facts.newestGood?.state === "stored" &&
    facts.now.getTime() - facts.newestGood.takenAt.getTime() > intervalMs(facts)
  ) {
    reasons.push({
      code: "unverified",
      text: "The newest backup was never read back.",
      href: `/backups/${facts.newestGood.id}`,
    });
  }
  if (Math.abs(facts.clockOffsetMs ?? 0) > CLOCK_LIMIT_MS || facts.newestIdAheadMs > CLOCK_LIMIT_MS) {
    reasons.push({
      code: "clock",
      text: "This machine's clock is more than 5 minutes off; uploads will be refused when it grows to 15.",
      href: "/settings/storage",
    });
  }
  if (facts.storageKind === "local")
    reasons.push({
      code: "local-only",
      text: "Backups are on this machine only: a lost disk loses both.",
      href: "/settings/storage",
    });
  return reasons;
}

function attentionOf(reason: Reason, status: ProtectionStatus): StatusView["attention"] {
  // These are said by the hero or the empty state already; a banner on every page would only repeat them.
  if (reason.code === "no-backup" || reason.code === "unverified") return null;
  return {
    code: reason.code,
    text: reason.text,
    tone: status === "unprotected" ? "danger" : "warn",
    link: reason.href ? { text: LINK_TEXTS[reason.code] ?? "See why", href: reason.href } : null,
  };
}

function safeLine(facts: ProtectionFacts): string {
  const proof =
    facts.newestGood?.state === "verified"
      ? "read back and opened, every row"
      : facts.newestGood?.state === "checked"
        ? "every part read back"
        : "checksums match";
  return facts.changedSinceBackup
    ? `The last good backup is ${ago(facts)} old: ${proof}.`
    : `Nothing changed since the last good backup, ${ago(facts)} ago: ${proof}.`;
}

/** Zero while nothing has changed since: then the backup is as good as the file. */
function ageOf(facts: ProtectionFacts): number {
  if (!facts.newestGood || !facts.changedSinceBackup) return 0;
  return facts.now.getTime() - facts.newestGood.takenAt.getTime();
}

function intervalMs({ schedule }: ProtectionFacts): number {
  return schedule.intervalMs ?? INTERVAL_MS;
}

function unprotectedAgeMs(facts: ProtectionFacts): number {
  return Math.max(UNPROTECTED_AGE_MS, UNPROTECTED_INTERVALS * intervalMs(facts));
}

function outageMs(facts: ProtectionFacts): number {
  return facts.listReadAt ? facts.now.getTime() - facts.listReadAt.getTime() : 0;
}

function ago(facts: ProtectionFacts): string {
  return span(facts.now.getTime() - (facts.newestGood?.takenAt.getTime() ?? 0));
}

function span(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return minutes === 1 ? "1 minute" : `${minutes} minutes`;
  return hours(ms);
}

function hours(ms: number): string {
  const count = Math.floor(ms / HOUR_MS);
  if (count >= 48) return `${Math.floor(count / 24)} days`;
  return count === 1 ? "1 hour" : `${count} hours`;
}

function clock(at: Date): string {
  return at.toISOString().slice(11, 16);
}

/** "" today, else "23 Nov, ". */
function day(at: Date, now: Date): string {
  if (at.toISOString().slice(0, 10) === now.toISOString().slice(0, 10)) return "";
  const text = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }).format(at);
  return `${text.replace("Sept", "Sep")}, `;
}
