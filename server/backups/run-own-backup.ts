import type { Caller } from "../control/types";
import { endedWell } from "../ended-well";
import { AppError, isErrorCode } from "../errors";
import type { BackupContext } from "./context";
import { BACKUP_STEPS, FILE_BACKUP_STEPS, type FileSource, makeBackup } from "./make-backup";

interface OwnBackup {
  caller: Caller;
  note: string;
  /** Null: of the live database. */
  source: FileSource | null;
  signal: AbortSignal;
  onProgress?(doneBytes: number, totalBytes: number | null): void;
  /** What its failure means for the run that needs it, as a sentence. */
  ifItFails: { message: string; hint: string };
}

/**
 * A safety backup that another run needs: never joined, a row of its own in Activity. Called inside the writing lane. Resolves with
 * its id; throws what it failed with, begun by `ifItFails`.
 */
export async function runOwnBackup(ctx: BackupContext, input: OwnBackup): Promise<string> {
  const { caller, note, source, signal, onProgress, ifItFails } = input;
  const request = { type: "safety" as const, tags: {}, note, verify: false };
  const steps = [...(source ? FILE_BACKUP_STEPS : BACKUP_STEPS)];
  const opened = await ctx.operations.open({ kind: "backup", title: "Backup, safety", caller, steps });
  const run = ctx.runs.add(request, Promise.resolve(opened.id));
  // In nobody's line, and its own snapshot: nobody else is answered with it.
  run.begun = true;
  run.closed = true;
  try {
    const ended = await ctx.operations.run(
      opened.id,
      (running) => {
        const operation = {
          ...running,
          progress(doneBytes: number, totalBytes: number | null) {
            running.progress(doneBytes, totalBytes);
            onProgress?.(doneBytes, totalBytes);
          },
        };
        return makeBackup(ctx, { caller, request, run, operation, ...(source && { source }) });
      },
      signal,
    );
    ctx.operations.announce("backups");
    if (endedWell(ended.state) && ended.backupId) return ended.backupId;
    signal.throwIfAborted();
    const { code, message, hint } = ended.error ?? { code: "internal", message: ended.summary ?? "", hint: null };
    throw new AppError(isErrorCode(code) ? code : "internal", `${ifItFails.message} ${message}`.trim(), {
      hint: hint ?? ifItFails.hint,
    });
  } finally {
    ctx.runs.remove(run);
  }
}
