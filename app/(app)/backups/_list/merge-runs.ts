import type { OperationView } from "@/server/control/types";
import type { BackupType, BackupView } from "@/server/nestegg";

export interface ListRow {
  /** Stays when a queued run gets its id. */
  key: string;
  backup: BackupView;
  operation: OperationView | null;
}

/** Each row with the run that works on it; creates that the list does not know yet stand on top. */
export function mergeRuns(backups: BackupView[], active: OperationView[], showNew: boolean): ListRow[] {
  const runs = active.filter((run) => ["backup", "upload", "verify", "adopt"].includes(run.kind));
  const known = new Set(backups.map((backup) => backup.id));
  const rows = backups.map((backup) => {
    const operation = runs.find((run) => run.id === backup.operationId || run.backupId === backup.id) ?? null;
    return { key: operation && creates(operation) ? operation.id : backup.id, backup, operation };
  });
  if (!showNew) return rows;
  const fresh = runs
    .filter((run) => creates(run) && !(run.backupId && known.has(run.backupId)))
    .filter((run) => !backups.some((backup) => backup.operationId === run.id))
    .map((run) => ({ key: run.id, backup: backupToBe(run), operation: run }))
    .reverse();
  return [...fresh, ...rows];
}

function creates(run: OperationView): boolean {
  return run.kind === "backup" || run.kind === "upload";
}

const TYPES: BackupType[] = ["shutdown", "manual", "scheduled", "safety", "upload"];

/** What can be said of a backup before it is in the list. */
function backupToBe(run: OperationView): BackupView {
  const word = run.title.split(",").at(-1)?.trim();
  return {
    id: run.backupId ?? "",
    type: run.kind === "upload" ? "upload" : (TYPES.find((type) => type === word) ?? "manual"),
    state: "creating",
    timestamp: run.createdAt,
    size: "",
    bytes: 0,
    tags: {},
    note: "",
    locked: false,
    deletesAt: null,
    kept: "",
    keptUntil: null,
    protectedBecause: null,
    engine: null,
    sentBytes: 0,
    reusedBytes: 0,
    requests: 0,
    durationMs: 0,
    transfer: null,
    checkpointMs: null,
    verification: null,
    restoredAt: null,
    createdBy: run.actor.name,
    origin: null,
    operationId: run.id,
  };
}
