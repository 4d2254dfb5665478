import type { BackupType } from "../nestegg";

export interface BackupRequest {
  type: BackupType;
  tags: Record<string, string>;
  note: string;
  verify: boolean;
}

export interface BackupRun {
  readonly request: BackupRequest;
  /** Resolves once the run is recorded. */
  readonly operationId: Promise<string>;
  /** Set just before the checkpoint: who asks later needs a snapshot of its own. */
  snapshotBegun: boolean;
  id: string | null;
}

/** The backups asked for and not yet over. Decides who joins whom (product rule 1). */
export class BackupRuns {
  #runs = new Set<BackupRun>();

  add(request: BackupRequest, operationId: Promise<string>): BackupRun {
    const run = { request, operationId, snapshotBegun: false, id: null };
    this.#runs.add(run);
    return run;
  }

  remove(run: BackupRun): void {
    this.#runs.delete(run);
  }

  /** A run that answers this request as well: the same in every respect, its snapshot still to come. */
  joinable(request: BackupRequest): BackupRun | undefined {
    const wanted = identity(request);
    return [...this.#runs].find((run) => !run.snapshotBegun && identity(run.request) === wanted);
  }

  ids(): string[] {
    return [...this.#runs].flatMap((run) => (run.id ? [run.id] : []));
  }
}

function identity({ type, tags, note, verify }: BackupRequest): string {
  const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([type, note, verify, sorted]);
}
