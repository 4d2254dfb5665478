import type { OperationView } from "../control/types";
import { endedWell } from "../ended-well";
import type { AlertNotice } from "../nestegg-operate";

/** One matter each, whatever it is that fails within. */
export const KEYS = {
  backup: "backup",
  drill: "drill",
  storage: "storage",
  database: "database",
  shutdown: "shutdown-backup",
  signIn: "sign-in",
} as const;
const VERIFICATION = "verification:";

/** Stands in every backup of the live database, and in no backup of a file that was brought. */
const LIVE_STEP = "Checkpoint";
const SHUTDOWN_TITLE = "Backup, shutdown";

/** What the end of a run has to tell. Runs that somebody cancelled, or a stop did, tell nothing. */
export function noticesOf(view: OperationView): AlertNotice[] {
  switch (view.kind) {
    case "backup":
      return backupNotices(view);
    case "verify":
      return verificationNotices(view);
    case "drill":
      return drillNotices(view);
    case "restore":
    case "undo-restore":
      return restoreNotices(view);
    default:
      return [];
  }
}

function backupNotices(view: OperationView): AlertNotice[] {
  if (isGoodBackup(view)) {
    const text = view.summary ?? "The backup is stored.";
    return [
      notice(view, { event: "backup-failed", key: KEYS.backup, kind: "recovered", title: "Backups work again", text }),
    ];
  }
  // That of a stop is told as what it is: a stop without a backup.
  if (view.state !== "failed" || view.title === SHUTDOWN_TITLE) return [];
  return [failure(view, { event: "backup-failed", key: KEYS.backup, title: `${view.title}: failed` })];
}

/** A new backup of the live database is stored, or nothing has changed since the last good one. */
export function isGoodBackup({ kind, state, steps }: OperationView): boolean {
  return kind === "backup" && endedWell(state) && steps.some(({ name }) => name === LIVE_STEP);
}

export const verificationKey = (backupId: string) => `${VERIFICATION}${backupId}`;

export function backupOfKey(key: string): string | null {
  return key.startsWith(VERIFICATION) ? key.slice(VERIFICATION.length) : null;
}

function verificationNotices(view: OperationView): AlertNotice[] {
  if (!view.backupId) return [];
  const key = verificationKey(view.backupId);
  const event = "verification-failed";
  if (endedWell(view.state)) {
    const text = view.summary ?? "It was read back.";
    return [notice(view, { event, key, kind: "recovered", title: `${view.backupId} passed its check`, text })];
  }
  if (view.state !== "failed") return [];
  const bad = view.error?.code === "backup_damaged" || view.error?.code === "backup_missing";
  const title = bad ? `${view.backupId} did not pass its check` : `${view.backupId} could not be checked`;
  return [failure(view, { event, key, title })];
}

function drillNotices(view: OperationView): AlertNotice[] {
  const event = "drill-failed";
  if (endedWell(view.state)) {
    const text = view.summary ?? "The backup was fetched, opened and read.";
    return [notice(view, { event, key: KEYS.drill, kind: "recovered", title: "The restore drill passed", text })];
  }
  return view.state === "failed" ? [failure(view, { event, key: KEYS.drill, title: "The restore drill failed" })] : [];
}

function restoreNotices(view: OperationView): AlertNotice[] {
  const what = view.kind === "restore" ? "Restore" : "Undo of a restore";
  const key = `${view.kind}:${view.id}`;
  const event = "restore-done";
  if (endedWell(view.state)) {
    const text = `${view.summary ?? "The database was replaced."} Started by ${view.actor.name}.`;
    return [notice(view, { event, key, kind: "happened", title: `${what} done`, text })];
  }
  if (view.state !== "failed" && view.state !== "rolled-back") return [];
  const title = `${what} failed, the database is as it was before`;
  return [
    { ...failure(view, { event, key, title: view.state === "failed" ? `${what} failed` : title }), kind: "happened" },
  ];
}

type Words = Pick<AlertNotice, "event" | "key" | "title">;

function failure(view: OperationView, words: Words): AlertNotice {
  const text = view.error?.message ?? view.summary ?? "It gave no reason.";
  return { ...notice(view, { ...words, kind: "trouble", text }), hint: view.error?.hint ?? null };
}

function notice(view: OperationView, words: Words & Pick<AlertNotice, "kind" | "text">): AlertNotice {
  return { ...words, hint: null, operationId: view.id, ...(view.backupId ? { backupId: view.backupId } : {}) };
}
