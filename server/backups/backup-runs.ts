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
  /** Set just before the checkpoint, or when it was cancelled: who asks later needs a run of its own. */
  closed: boolean;
  /** Out of the line and under way. */
  begun: boolean;
  id: string | null;
  /** The store was asked to copy an object whole, and has not answered: it may show it yet. */
  copyUnderWay: boolean;
}

/** The backups asked for and not yet over. Decides who joins whom (product rule 1). */
export class BackupRuns {
  #runs = new Set<BackupRun>();

  add(request: BackupRequest, operationId: Promise<string>): BackupRun {
    const run: BackupRun = { request, operationId, closed: false, begun: false, id: null, copyUnderWay: false };
    this.#runs.add(run);
    return run;
  }

  remove(run: BackupRun): void {
    this.#runs.delete(run);
  }

  /** Somebody backs up, or waits to. */
  any(): boolean {
    return this.#runs.size > 0;
  }

  /** Asked for and not yet begun. Counted here, at once, so that many at the same moment cannot all find room. */
  waiting(): number {
    return [...this.#runs].filter((run) => !run.begun).length;
  }

  /** A run that answers this request as well: the same in every respect, its snapshot still to come, not cancelled. */
  joinable(request: BackupRequest): BackupRun | undefined {
    const wanted = identity(request);
    return [...this.#runs].find((run) => !run.closed && identity(run.request) === wanted);
  }

  ids(): string[] {
    return [...this.#runs].flatMap((run) => (run.id ? [run.id] : []));
  }
}

function identity({ type, tags, note, verify }: BackupRequest): string {
  const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([type, note, verify, sorted]);
}
