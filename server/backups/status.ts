import type { OperationView } from "../control/types";
import type { DatabaseFault } from "../database/types";
import type { BackupView, DatabaseInfo, StatusView, StorageCheck } from "../nestegg";
import type { AlertHealth, DoctorReport } from "../nestegg-operate";
import { alertAttention, alertChecks } from "./alert-checks";
import { parseBackupId } from "./backup-id";
import type { CatalogEntry } from "./catalog";
import type { BackupContext } from "./context";
import { measuredRecovery } from "./estimate-restore";
import { estimateStop, type StopEstimate } from "./estimate-stop";
import { monthlyDollars } from "./prices";
import { isGood, newestCover } from "./protect";
import { judgeProtection } from "./protection";
import { renewalChecks } from "./renewal-watch";
import { doctorChecks, type RecordFault, recordChecks, safetyChecks } from "./safety-checks";
import { backupShareMs } from "./shutdown";
import { vanishedChecks } from "./vanished";
import { listFacts, viewBackup } from "./view";

const DAY_MS = 24 * 3_600_000;
const CALENDAR_DAYS = 35;
const SIZE_POINTS = 200;
const RECENT_RUNS = 5;
/** Enough for five weeks with one failure every two hours; the calendar shows no more than that. */
const FAILED_RUNS = 500;

/** What only the runtime knows about the server it runs. */
export interface ServerState {
  backupEnabled: boolean;
  shutdownBudgetMs: number;
  databaseState: DatabaseInfo["state"];
  databaseFault: DatabaseFault | null;
  /** The process before this one left changes that are in no backup. */
  unprotectedSinceCrash: Date | null;
  storageCheck: StorageCheck | null;
  schedule: {
    next: StatusView["next"];
    /** Null while no run is planned. */
    intervalMs: number | null;
    overdueSince: Date | null;
    words: string;
  };
  /** The doctor's last report. */
  doctor: DoctorReport | null;
  /** Since when records wait in memory because the control database takes none. */
  recordFault: RecordFault | null;
  alerts: AlertHealth;
  /** What the month will cost against its budget; null: nobody is asked for money, or there is no budget. */
  budget: StatusView["checks"][number] | null;
}

/** Everything the Overview shows, from memory and the control database: no request to the bucket. */
export async function readStatus(ctx: BackupContext, server: ServerState): Promise<StatusView> {
  const now = ctx.clock.now();
  const entries = ctx.catalog.entries();
  const active = ctx.operations.active();
  const prices = ctx.prices();
  const facts = listFacts(entries, active, prices, ctx.retention.plan({ entries, active }));
  const views = entries.map((entry) => viewBackup(entry, facts));
  const newest = newestCover(entries);
  const newestView = views.find((view) => view.id === newest?.id) ?? null;
  const liveAgain = newest?.manifest?.liveAgain;
  const takenAt = newest ? coveredUntil(newest) : null;
  const crash =
    server.unprotectedSinceCrash && (!takenAt || takenAt < server.unprotectedSinceCrash)
      ? server.unprotectedSinceCrash
      : null;
  const pulse = server.databaseState === "open" ? ctx.database().pulse() : null;
  const changed = changedSince(ctx, {
    takenAt,
    lineage: liveAgain ? liveAgain.lineage : (newest?.manifest?.file.lineage ?? null),
    lastChangeAt: pulse?.lastChangeAt ?? null,
    crash,
  });
  const [recent, failed, lastRun] = await Promise.all([
    ctx.operations.list({ limit: RECENT_RUNS }),
    ctx.operations.list({ limit: FAILED_RUNS, kinds: ["backup", "verify"], states: ["failed", "interrupted"] }),
    ctx.operations.list({ limit: 1, kinds: ["backup"], states: ["ok", "ok-retried", "failed", "interrupted"] }),
  ]);
  const { attention, ...protection } = judgeProtection({
    now,
    backupEnabled: server.backupEnabled,
    listReadAt: ctx.catalog.readAt,
    listProblem: ctx.catalog.problem,
    storageKind: ctx.store.kind,
    databaseFault: server.databaseFault,
    newestGood: newestView && takenAt ? { id: newestView.id, takenAt, state: newestView.state } : null,
    newestFailed: newestFailed(views),
    changedSinceBackup: changed,
    unprotectedSinceCrash: crash,
    lastBackupRun: lastRun.operations[0] ?? null,
    schedule: server.schedule,
    clockOffsetMs: ctx.store.clockOffsetMs(),
    newestIdAheadMs: Math.max(
      0,
      (parseBackupId(entries.find((entry) => entry.manifest)?.id ?? "")?.time.getTime() ?? 0) - now.getTime(),
    ),
  });
  const recovery = await measuredRecovery(ctx, newestView?.bytes ?? 0);
  const storedBytes = views.reduce((sum, view) => sum + view.bytes, 0);
  return {
    protection,
    attention: attention ?? alertAttention(server.alerts),
    database: {
      name: ctx.databaseName,
      fileBytes: pulse?.fileBytes ?? 0,
      walBytes: pulse?.walBytes ?? 0,
      engineVersion: ctx.engineVersion,
      state: server.databaseState,
      faultReason: server.databaseFault?.reason ?? null,
      lastChangeAt: pulse?.lastChangeAt?.toISOString() ?? null,
      changedSinceBackup: changed,
    },
    newestGood: newestView ? { id: newestView.id, timestamp: newestView.timestamp, state: newestView.state } : null,
    loss: { seconds: lossSeconds(now, takenAt, changed), walBytes: pulse?.walBytes ?? 0 },
    recoverySeconds: recovery?.seconds ?? null,
    recoveryMeasured: recovery && { by: recovery.by, at: recovery.at },
    next: server.schedule.next,
    stored: {
      bytes: storedBytes,
      count: views.length,
      monthlyDollars: prices && monthlyDollars(Math.max(0, storedBytes - prices.freeGb * 1e9), prices),
    },
    timeline: views
      .filter((view) => now.getTime() - Date.parse(view.timestamp) < DAY_MS)
      .map(({ id, timestamp, bytes, state }) => ({ id, at: timestamp, bytes, state }))
      .reverse(),
    days: calendar(
      now,
      entries.filter(isGood).map((entry) => entry.id),
      failed.operations,
    ),
    sizes: views
      .filter((view) => view.state !== "missing" && view.state !== "unregistered")
      .slice(0, SIZE_POINTS)
      .map(({ timestamp, bytes, sentBytes }) => ({ at: timestamp, bytes, sentBytes }))
      .reverse(),
    recent: recent.operations,
    running: active,
    checks: [
      ...safetyChecks(ctx, views, server.storageCheck),
      ...(await vanishedChecks(ctx)),
      ...(await renewalChecks(ctx)),
      ...alertChecks(server.alerts),
      ...doctorChecks(server.doctor),
      ...(server.budget ? [server.budget] : []),
      ...recordChecks(server.recordFault),
    ],
    counts: { backups: views.length, running: active.length },
    stop: viewStop(
      estimateStop(ctx, { unchanged: !changed, fileBytes: pulse?.fileBytes ?? 0, walBytes: pulse?.walBytes ?? 0 }),
      server,
    ),
    at: now.toISOString(),
  };
}

function viewStop({ seconds, text }: StopEstimate, server: ServerState): StatusView["stop"] {
  const budgetSeconds = server.shutdownBudgetMs / 1000;
  if (!server.backupEnabled) {
    return { seconds: null, budgetSeconds, fits: true, text: "A stop makes no backup: backups are switched off." };
  }
  const fits = seconds === null || seconds * 1000 <= backupShareMs(server.shutdownBudgetMs);
  return { seconds, budgetSeconds, fits, text };
}

/** Up to when what is live is in it: its snapshot, or the swap that put it in the live file's place. */
function coveredUntil({ manifest }: CatalogEntry): Date | null {
  if (!manifest) return null;
  return new Date(manifest.liveAgain?.at ?? manifest.snapshot?.takenAt ?? manifest.createdAt);
}

function changedSince(
  ctx: BackupContext,
  facts: { takenAt: Date | null; lineage: string | null; lastChangeAt: Date | null; crash: Date | null },
): boolean {
  if (!facts.takenAt || facts.lineage !== ctx.lineage() || facts.crash) return true;
  return facts.lastChangeAt !== null && facts.lastChangeAt > facts.takenAt;
}

function lossSeconds(now: Date, takenAt: Date | null, changed: boolean): number | null {
  if (!takenAt) return null;
  return changed ? Math.max(0, Math.round((now.getTime() - takenAt.getTime()) / 1000)) : 0;
}

/** Only while nothing newer is good: an old failed check of a superseded backup is a note, not a verdict. */
function newestFailed(views: BackupView[]): { id: string; state: BackupView["state"] } | null {
  const newest = views.find((view) => view.state !== "unregistered" && view.state !== "deleting");
  return newest && (newest.state === "failed" || newest.state === "missing")
    ? { id: newest.id, state: newest.state }
    : null;
}

function calendar(now: Date, goodIds: string[], failed: OperationView[]): StatusView["days"] {
  const goodByDay = countBy(goodIds.map((id) => parseBackupId(id)?.time.toISOString().slice(0, 10) ?? ""));
  const failedByDay = countBy(failed.map((operation) => operation.createdAt.slice(0, 10)));
  return Array.from({ length: CALENDAR_DAYS }, (_, index) => {
    const date = new Date(now.getTime() - (CALENDAR_DAYS - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    return { date, good: goodByDay.get(date) ?? 0, failed: failedByDay.get(date) ?? 0 };
  });
}

function countBy(keys: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
