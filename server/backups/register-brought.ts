import type { Caller, OperationOutcome, OperationView, RunningOperation } from "../control/types";
import { AppError, hasCode } from "../errors";
import type { InspectResult } from "../worker/protocol";
import type { BroughtFile } from "./brought-file";
import type { BackupContext } from "./context";
import { FILE_BACKUP_STEPS, type FileSource, makeBackup } from "./make-backup";
import { runInLane } from "./run-in-lane";
import { verificationOf } from "./verification";
import { stoppingError } from "./writing-lane";

export const UPLOAD_STEPS = ["Check the file", ...FILE_BACKUP_STEPS] as const;

/** Its history is not known, so it never counts as "unchanged since". */
const LINEAGE = "uploaded";
/** What is wrong with the file, and does not get better by trying again. */
const REFUSALS: readonly string[] = ["invalid_input", "backup_damaged"] satisfies AppError["code"][];
/** Runs that take the writing lane: one of them is what a brought file waits for. */
const WRITING_KINDS: readonly OperationView["kind"][] = ["backup", "restore", "undo-restore", "upload", "let-go"];

export interface Registration {
  operationId: string;
  /** `over`: the bytes are not needed any more. `again`: trouble that has nothing to do with the file. */
  done: Promise<"over" | "again">;
}

/** Reads the whole file in a worker, then makes it an ordinary backup. Answers as soon as the run is recorded. */
export async function registerBrought(
  ctx: BackupContext,
  caller: Caller,
  input: { file: BroughtFile; note: string },
): Promise<Registration> {
  const { fileName, bytes } = input.file;
  await ctx.audit({ caller, action: "upload.finish", target: fileName, detail: { fileName, bytes } });
  const operation = await ctx.operations.open({
    kind: "upload",
    title: `Upload, ${fileName}`,
    caller,
    steps: [...UPLOAD_STEPS],
    detail: { fileName, bytes },
  });
  // The check waits for other checks and the rest for other backups: reading a large file must not hold up a backup.
  const ended = runInLane(ctx, ctx.reading, operation.id, async (running, leave) => {
    const source = await check(ctx, input.file, running).finally(leave);
    return store(ctx, { caller, note: input.note, source, operation: running });
  });
  return { operationId: operation.id, done: ended.then(outcomeOf) };
}

function outcomeOf(view: OperationView): "over" | "again" {
  if (view.state !== "failed") return "over";
  return REFUSALS.includes(view.error?.code ?? "") ? "over" : "again";
}

async function check(ctx: BackupContext, file: BroughtFile, operation: RunningOperation): Promise<FileSource> {
  const startedAt = ctx.clock.now();
  await operation.step("Check the file");
  const { inspection, writtenBy } = await inspect(ctx, file, operation);
  const { tables, engineVersion } = inspection;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  await operation.stepDone("ok", `${rows.toLocaleString("en-US")} rows in ${tables.length} tables read`);
  const method = `every block and row of the brought file read with DuckDB ${engineVersion} before it was stored`;
  return {
    path: file.path,
    takenAt: file.startedAt,
    lineage: LINEAGE,
    engineVersion: writtenBy ?? "unknown",
    verification: verificationOf(ctx.clock, { result: "verified", method, inspection, startedAt }),
  };
}

async function inspect(ctx: BackupContext, file: BroughtFile, operation: RunningOperation): Promise<InspectResult> {
  try {
    return await ctx.runJob(
      { kind: "inspect", path: file.path },
      {
        signal: operation.signal,
        lowPriority: true,
        onMessage: (message) => {
          if (message.type === "progress") operation.progress(message.doneBytes, message.totalBytes);
        },
      },
    );
  } catch (error) {
    if (hasCode(error, "snapshot_damaged")) throw damaged(file, error.message, error);
    if (hasCode(error, "worker_crashed")) throw damaged(file, "Reading it made DuckDB crash.", error);
    if (hasCode(error, "database_unusable")) throw refused(file, error.message, error.hint, error);
    throw error;
  }
}

async function store(
  ctx: BackupContext,
  input: { caller: Caller; note: string; source: FileSource; operation: RunningOperation },
): Promise<OperationOutcome> {
  const { caller, note, source, operation } = input;
  const request = { type: "upload" as const, tags: {}, note, verify: false };
  const run = ctx.runs.add(request, Promise.resolve(operation.id));
  // Counted by nobody as a backup that waits for its turn.
  run.begun = true;
  try {
    await sayWhatItWaitsFor(ctx, operation);
    return await ctx.writing.run(
      async () => {
        await operation.waiting(null);
        const { summary, detail } = await makeBackup(ctx, { caller, request, run, operation, source });
        return { summary, detail };
      },
      { signal: operation.signal },
    );
  } catch (error) {
    throw ctx.stopping.aborted ? stoppingError() : error;
  } finally {
    ctx.runs.remove(run);
  }
}

async function sayWhatItWaitsFor(ctx: BackupContext, operation: RunningOperation): Promise<void> {
  const ahead = ctx.operations
    .active()
    .find(({ id, kind, state }) => id !== operation.id && state !== "queued" && WRITING_KINDS.includes(kind));
  if (ahead) await operation.waiting(`Checked. Waiting for its turn: ${ahead.title} is running.`);
}

function damaged(file: BroughtFile, why: string, cause?: unknown): AppError {
  return new AppError("backup_damaged", `${file.fileName} was not registered, and its bytes were removed: ${why}`, {
    hint: "Close it in the program that wrote it, then bring it again; or bring another copy.",
    cause,
  });
}

function refused(file: BroughtFile, why: string, hint: string | undefined, cause?: unknown): AppError {
  return new AppError("invalid_input", `${file.fileName} was not registered, and its bytes were removed: ${why}`, {
    hint,
    cause,
  });
}
