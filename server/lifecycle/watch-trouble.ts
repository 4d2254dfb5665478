import type { CatalogEntry } from "../backups/catalog";
import { isActive } from "../control/operation-state";
import type { OperationView } from "../control/types";
import type { AuditEntry } from "../nestegg";
import type { AlertNotice } from "../nestegg-operate";
import { isUnprotected } from "./chores";
import { backupOfKey, isGoodBackup, KEYS, noticesOf } from "./notices";
import type { Parts, RunState } from "./parts";
import { troubleOf } from "./server-health";
import type { StopResult } from "./stop";

/** The storage is asked every ten seconds while it fails; one that stutters is not worth waking anybody. */
const STORAGE_PATIENCE_MS = 60_000;
/** What a stop may spend on telling, at most. */
const TELLING_AT_STOP_MS = 2_000;
/** Of the budget: left for closing the control database and the end of the process. */
const LEFT_FOR_CLOSING_MS = 500;

/** Notices what somebody should hear of, and tells it to the alerts; who hears of it and how often is theirs to decide. */
export interface TroubleWatch {
  /** Follows the runs until the control database closes. */
  follow(): Promise<void>;
  /** Storage, database, and what has ended otherwise than by a run. Cheap: everything is in memory. */
  look(): void;
  /** At start: the process before this one left changes that are in no backup. */
  unsafeStart(before: RunState | null): void;
  /** At the end of a stop: tells one without its backup, and sends what waits while the budget lasts. */
  stopped(result: StopResult, options: { giveUp: AbortSignal; budgetEndsAtMs: number }): Promise<void>;
}

type WatchedParts = Omit<Parts, "trouble" | "schedule">;

export function watchTrouble(parts: WatchedParts): TroubleWatch {
  const { alerts, backups, clock, control, settings, state } = parts;
  const tell = (notice: AlertNotice) => backups.tell(notice);
  const lasts = (key: string) => alerts.troubles().some((one) => one.key === key);
  let storageAwaySince: number | null = null;

  function lookAtStorage(): void {
    const { problem } = backups.catalog;
    const about = { event: "storage-unreachable", key: KEYS.storage } as const;
    const now = clock.now().getTime();
    storageAwaySince = problem ? (storageAwaySince ?? now) : null;
    if (problem && storageAwaySince !== null && now - storageAwaySince >= STORAGE_PATIENCE_MS && !lasts(about.key)) {
      const text = `${problem.message} Until it answers, no backup can be stored.`;
      const hint = problem.hint ?? null;
      tell({ ...about, kind: "trouble", title: "The storage cannot be reached", text, hint });
    }
    if (!problem && lasts(about.key)) {
      const text = `${backups.store.label} answers, and the list of backups was read.`;
      tell({ ...about, kind: "recovered", title: "The storage answers again", text, hint: null });
    }
  }

  function lookAtDatabase(): void {
    const about = { event: "backup-failed", key: KEYS.database } as const;
    const trouble = state.fault ?? troubleOf(state);
    if (trouble && !lasts(about.key)) {
      const { message: text, hint } = trouble;
      tell({ ...about, kind: "trouble", title: "The database is not usable, so nothing is backed up", text, hint });
    }
    if (!trouble && state.database && lasts(about.key)) {
      const text = "It is open, and backups are made again.";
      tell({ ...about, kind: "recovered", title: "The database is usable", text, hint: null });
    }
  }

  function lookAtShutdown(): void {
    if (!lasts(KEYS.shutdown) || isUnprotected(parts)) return;
    const title = "The missing backup is stored";
    const text = "What the last stop left unprotected is in a backup now.";
    tell({ event: "shutdown-missed", key: KEYS.shutdown, kind: "recovered", title, text, hint: null });
  }

  /** Else a damaged backup that was replaced or removed would be reminded of for ever. */
  function lookAtVerifications(): void {
    if (!backups.catalog.readAt) return;
    for (const { key } of alerts.troubles()) {
      const id = backupOfKey(key);
      if (id === null) continue;
      const end = endOfFailedCheck(parts, id);
      if (end)
        tell({ event: "verification-failed", key, kind: "recovered", title: end, text: end, hint: null, backupId: id });
    }
  }

  function heard(view: OperationView): void {
    if (isActive(view.state)) return;
    if (view.error?.code === "storage_unreachable") state.storageDoubted = true;
    for (const notice of noticesOf(view)) tell(notice);
    if (!isGoodBackup(view)) return;
    const facts = { backupId: view.backupId, operationId: view.id };
    alerts.backupStored(facts).catch((error: unknown) => parts.log.warn({ err: error }, "a sign of life was not sent"));
  }

  function missed(text: string, hint: string): void {
    const title = "The app stopped without a backup";
    tell({ event: "shutdown-missed", key: KEYS.shutdown, kind: "trouble", title, text, hint });
  }

  return {
    async follow() {
      // Never aborted: the runs of a stop are to be heard too. The events end when the control database closes.
      for await (const event of control.operations.events(new AbortController().signal)) {
        if (event.type === "operation") heard(event.operation);
      }
    },

    look() {
      lookAtDatabase();
      // Without a database the storage is not asked again, so what is known of it is old.
      if (state.phase !== "ready") return;
      lookAtStorage();
      lookAtShutdown();
      lookAtVerifications();
    },

    unsafeStart(before) {
      if (!settings.backupEnabled) return;
      missed(
        before === "running"
          ? "The process before this one was killed or crashed. No committed transaction was lost; what was written since the last backup is on this machine only."
          : "The last stop could not store its backup. The database was closed cleanly; its last changes are on this machine only.",
        "A backup is being taken now. You hear when it is stored.",
      );
    },

    async stopped({ safe, message }, { giveUp, budgetEndsAtMs }) {
      if (!safe && settings.backupEnabled && !state.fault) {
        missed(message, "Start Nestegg again: it takes the missing backup at once.");
      }
      const left = budgetEndsAtMs - clock.now().getTime() - LEFT_FOR_CLOSING_MS;
      await alerts.finish(giveUp.aborted ? 0 : Math.max(0, Math.min(TELLING_AT_STOP_MS, left)));
    },
  };
}

function endOfFailedCheck({ backups }: WatchedParts, id: string): string | null {
  const newestFirst = backups.catalog.entries();
  const place = newestFirst.findIndex((entry) => entry.id === id);
  if (place < 0) return `${id} is not in the storage any more`;
  const passed = ({ manifest }: CatalogEntry) => (manifest?.verification?.result ?? "failed") !== "failed";
  const newer = newestFirst.slice(0, place).find(passed);
  return newer ? `A newer backup, ${newer.id}, passed its check` : null;
}

/** A guesser is told of once an hour, whoever he pretends to be. */
export function noticeOfAudit({ caller, action, target }: AuditEntry): AlertNotice | null {
  // Of the sign-in, of the setup code, and of the old password at a change.
  if (!action.endsWith(".throttled")) return null;
  const from = caller.address ?? "an unknown address";
  return {
    event: "sign-in-throttled",
    key: KEYS.signIn,
    kind: "happened",
    title: "Too many failed sign-ins",
    text: `Sign-in ${target ? `as ${target} ` : ""}from ${from} is refused for a while after too many wrong tries.`,
    hint: "If it was none of you, look at the audit page, and keep Nestegg off the open internet.",
  };
}
