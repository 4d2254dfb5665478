import { loadAuthSecret } from "../auth-secret";
import type { OperationView } from "../control/types";
import { exists } from "../database/durable-files";
import { journalPath } from "../database/swap";
import { AppError, ERROR_STATUS, type ErrorCode } from "../errors";
import { createRuntime, type Runtime } from "../runtime";
import type { BackupWish } from "./backup";
import { COMMAND_LINE } from "./caller";
import type { Cli, Outcome } from "./cli";
import { createTerminalRun } from "./terminal-run";

/** The stop's last backup of an unchanged file is only a look; of one that could not be stored just now, not worth a long wait. */
const STOP_MS = 10_000;

/** With no server: opens the database as a server does, makes the backup, and closes it again. The data folder must be held. */
export async function backupByHand(cli: Cli, wish: Pick<BackupWish, "note" | "verify">): Promise<Outcome> {
  const { settings } = cli;
  await requireDatabase(settings.databasePath);
  const runtime = await createRuntime({
    // A backup brings nothing: what is missing is said, never fetched.
    settings: { ...settings, restoreOnStart: "off" },
    clock: cli.clock,
    log: cli.log,
    version: cli.version,
    authSecret: await loadAuthSecret(settings),
    migrationsFolder: cli.migrationsFolder,
    mustRestart: (reason) => Promise.reject(new AppError("internal", reason, { hint: "Run this again." })),
  });
  try {
    await runtime.open();
    const made = await make(runtime, cli, wish);
    const { size, timestamp, ...backup } = await runtime.nestegg.backups.get(made);
    // The verification that follows by itself ends with this process; only one that was asked for is waited for.
    const state = backup.state === "verifying" ? "stored" : backup.state;
    return {
      text: `${made}\n${size}, ${state}, taken from ${settings.databasePath}`,
      json: { id: made, timestamp, size, state, by: "command line", url: null },
    };
  } finally {
    runtime.beginStop();
    await runtime.stop({ giveUp: cli.signal, budgetLeftMs: STOP_MS });
    await runtime.close();
  }
}

/** A start would create an empty one, and back that up. */
async function requireDatabase(path: string): Promise<void> {
  if ((await exists(path)) || (await exists(journalPath(path)))) return;
  throw new AppError("not_found", `There is no database at ${path}, so there is nothing to back up.`, {
    hint: "Set DATABASE_PATH or DATA_DIR as the server has them.",
  });
}

async function make(
  { nestegg, health }: Runtime,
  cli: Cli,
  wish: Pick<BackupWish, "note" | "verify">,
): Promise<string> {
  const { status, reason, hint } = health();
  if (status !== "ready") {
    const held = (await nestegg.database.info()).fault?.reason === "held";
    throw new AppError(held ? "database_busy" : "database_unusable", reason ?? "The database could not be opened.", {
      hint,
    });
  }
  const { operationId } = await nestegg.backups.create(COMMAND_LINE, wish);
  const cancel = () => void nestegg.operations.cancel(COMMAND_LINE, operationId).catch(() => undefined);
  cli.signal.addEventListener("abort", cancel, { once: true });
  const over = new AbortController();
  const shown = follow(nestegg.events(over.signal), cli, operationId);
  const ended = await nestegg.operations.wait(operationId);
  over.abort();
  await shown;
  cli.signal.removeEventListener("abort", cancel);
  if (ended.state.startsWith("ok") && ended.backupId !== null) return ended.backupId;
  throw failureOf(ended);
}

async function follow(events: ReturnType<Runtime["nestegg"]["events"]>, cli: Cli, operationId: string): Promise<void> {
  const run = createTerminalRun(cli);
  let step = "";
  for await (const event of events) {
    if (event.type !== "operation" || event.operation.id !== operationId) continue;
    const running = event.operation.steps.find(({ state }) => state === "running");
    if (!running) continue;
    if (running.name !== step) await run.step(running.name);
    step = running.name;
    if (running.doneBytes !== null) run.progress(running.doneBytes, running.totalBytes);
  }
  cli.terminal.draw("");
}

function failureOf({ state, error, summary }: OperationView): AppError {
  if (state === "cancelled")
    return new AppError("cancelled", summary ?? "The backup was given up; nothing was stored.");
  const known = error && Object.hasOwn(ERROR_STATUS, error.code);
  return new AppError(
    known ? (error.code as ErrorCode) : "internal",
    error?.message ?? summary ?? `The backup ended as ${state}.`,
    { hint: error?.hint ?? undefined },
  );
}
