import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { z } from "zod";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import { exists, isCode, syncFile, timestampOf } from "./durable-files";

/** What DuckDB keeps beside a database file. A stale one of them would be replayed into the new file. */
export const WAL_SUFFIXES = [".wal.checkpoint", ".wal.recovery", ".wal"] as const;

const moveSchema = z.object({ from: z.string(), to: z.string() });
const journalSchema = z.object({
  version: z.literal(1),
  reason: z.enum(["rescue", "wal-cut", "restore", "undo-restore"]),
  createdAt: z.string(),
  /** `back`: the swap was given up; what stood there before comes back. */
  direction: z.enum(["forward", "back"]),
  /** Files that stood there, to names of their own. All names are relative to the database's folder. */
  aside: z.array(moveSchema),
  /** New files to the live names. The last one is the main file, if that is swapped at all. */
  bring: z.array(moveSchema),
  context: z.record(z.string(), z.string()),
});

export type SwapJournal = z.infer<typeof journalSchema>;

export interface SwapPlan {
  databasePath: string;
  reason: SwapJournal["reason"];
  /** Whole, inspected, on the same filesystem, in the database's folder or below it. Null: the main file stays. */
  newDatabase: string | null;
  /** Goes with the new file; without it nothing stands at `.wal` afterwards. */
  newWal: string | null;
  /** Where the present file goes; its WAL goes to exactly that name + `.wal`. Must not exist. */
  keptPath: string;
  /** For whoever finds the journal at the next start: backup id, operation id. No secrets. */
  context?: Record<string, string>;
}

export const journalPath = (databasePath: string): string => `${databasePath}.swap.json`;

/** `<file>.before-rescue-20241230-153000`. */
export function keptPathFor(databasePath: string, reason: string, clock: Clock): string {
  return `${databasePath}.before-${reason}-${timestampOf(clock)}`;
}

/**
 * Puts new files in the place of the present ones. Nobody may have the database open. From the moment the journal is
 * on disk the swap is decided: after a crash `finishSwap` ends it. The journal stays until `endSwap`, so that the caller
 * can first see whether the new file works, and `undoSwap` if not. When it throws before that moment nothing has moved.
 */
export async function startSwap(plan: SwapPlan, clock: Clock): Promise<SwapJournal> {
  const journal = await decideSwap(plan, clock);
  await carryOut(plan.databasePath, journal);
  return journal;
}

/** Only the decision: the next start carries it out. For a file that this process cannot let go. */
export async function decideSwap(plan: SwapPlan, clock: Clock): Promise<SwapJournal> {
  const journal = await planJournal(plan, clock);
  for (const path of [plan.newDatabase, plan.newWal]) if (path !== null) await syncFile(path);
  await writeJournal(plan.databasePath, journal);
  return journal;
}

/** At start, before anything opens the database: ends what a crash left half-done. Null: there was nothing. */
export async function finishSwap(databasePath: string): Promise<SwapJournal | null> {
  await rm(`${journalPath(databasePath)}.tmp`, { force: true });
  const journal = await readJournal(databasePath);
  if (journal !== null) await carryOut(databasePath, journal);
  return journal;
}

/** Everything back to how it stood before the swap. The new files get the names back that they came from. */
export async function undoSwap(databasePath: string): Promise<void> {
  const journal = await readJournal(databasePath);
  if (journal === null) throw new AppError("internal", "There is no swap to undo; nothing was changed.");
  const back: SwapJournal = { ...journal, direction: "back" };
  await writeJournal(databasePath, back);
  await carryOut(databasePath, back);
}

/** The last word: the journal goes, the kept files stay. May be repeated. */
export async function endSwap(databasePath: string): Promise<void> {
  await rm(journalPath(databasePath), { force: true });
  await syncFile(dirname(databasePath));
}

async function planJournal(plan: SwapPlan, clock: Clock): Promise<SwapJournal> {
  const { databasePath, newDatabase, newWal, keptPath } = plan;
  if (await exists(journalPath(databasePath))) {
    throw new AppError("conflict", "Another swap of the database file is not finished yet; nothing was changed.");
  }
  const aside = WAL_SUFFIXES.map((suffix) => [databasePath + suffix, keptPath + suffix]);
  // Out first, in last: whoever looks in between finds no file, never an old one without its WAL.
  if (newDatabase !== null) aside.unshift([databasePath, keptPath]);
  const bring = newWal === null ? [] : [[newWal, `${databasePath}.wal`]];
  if (newDatabase !== null) bring.push([newDatabase, databasePath]);
  const folder = dirname(databasePath);
  const present: SwapJournal["aside"] = [];
  for (const [from = "", to = ""] of aside) {
    if (await exists(to)) throw new AppError("conflict", `${basename(to)} exists already; nothing was changed.`);
    if (await exists(from)) present.push({ from: within(folder, from), to: within(folder, to) });
  }
  const { dev } = await stat(folder);
  for (const [from = ""] of bring) {
    if ((await stat(from)).dev === dev) continue;
    throw new AppError("internal", `${from} is on another filesystem than the database; nothing was changed.`);
  }
  return {
    version: 1,
    reason: plan.reason,
    createdAt: clock.now().toISOString(),
    direction: "forward",
    aside: present,
    bring: bring.map(([from = "", to = ""]) => ({ from: within(folder, from), to: within(folder, to) })),
    context: plan.context ?? {},
  };
}

/** Every step can be told as done or not done from the names alone, so that it may be repeated after a crash. */
async function carryOut(databasePath: string, journal: SwapJournal): Promise<void> {
  const folder = dirname(databasePath);
  const full = ({ from, to }: { from: string; to: string }) => ({ from: join(folder, from), to: join(folder, to) });
  const aside = journal.aside.map(full);
  const bring = journal.bring.map(full);
  if (journal.direction === "forward") await goForward(databasePath, aside, bring);
  else await goBack(databasePath, aside, bring);
  await syncFile(folder);
}

type Moves = { from: string; to: string }[];

async function goForward(databasePath: string, aside: Moves, bring: Moves): Promise<void> {
  const last = bring.at(-1);
  if (last === undefined) return;
  if (!(await anyExists(bring.map(({ from }) => from)))) {
    // All done; or somebody removed the new files before they were in, and only the old ones can still stand there.
    return (await exists(last.to)) ? undefined : goBack(databasePath, aside, bring);
  }
  for (const { from, to } of aside) {
    // Gone before it was moved, as a log that the engine folded in at its very end: there is nothing left to put aside.
    if (!(await exists(to)) && (await exists(from))) await rename(from, to);
  }
  await syncFile(dirname(databasePath));
  const brought = bring.map(({ to }) => to);
  for (const suffix of WAL_SUFFIXES) {
    const beside = databasePath + suffix;
    if (!brought.includes(beside) && (await exists(beside))) throw unexpectedFile(beside);
  }
  for (const { from, to } of bring) {
    if (!(await exists(from))) continue;
    if (await exists(to)) throw unexpectedFile(to);
    await rename(from, to);
  }
}

async function goBack(databasePath: string, aside: Moves, bring: Moves): Promise<void> {
  // The new file may have been opened meanwhile: what DuckDB put beside it leaves together with it.
  const last = bring.at(-1);
  if (last !== undefined && !(await exists(last.from)) && (await exists(last.to))) {
    await mkdir(dirname(last.from), { recursive: true });
    const brought = bring.map(({ to }) => to);
    for (const suffix of WAL_SUFFIXES) {
      const beside = databasePath + suffix;
      if (!brought.includes(beside) && (await exists(beside))) await rename(beside, last.from + suffix);
    }
    for (const { from, to } of bring) if (!(await exists(from)) && (await exists(to))) await rename(to, from);
    await syncFile(dirname(databasePath));
  }
  for (const { from, to } of [...aside].reverse()) {
    if (!(await exists(to))) continue;
    if (await exists(from)) throw unexpectedFile(from);
    await rename(to, from);
  }
}

function unexpectedFile(path: string): AppError {
  return new AppError(
    "database_unusable",
    `${path} appeared while the database file was being swapped, so the swap stopped half-way. No data is lost: the swap's journal names every file.`,
    {
      hint: "Stop whatever else opens this file, move that one file away, and start again: the swap goes on by itself.",
    },
  );
}

async function anyExists(paths: string[]): Promise<boolean> {
  for (const path of paths) if (await exists(path)) return true;
  return false;
}

function within(folder: string, path: string): string {
  const name = relative(folder, path);
  if (name === "" || name.startsWith("..") || isAbsolute(name)) {
    throw new AppError("internal", `${path} is not below the database's folder; nothing was changed.`);
  }
  return name;
}

async function readJournal(databasePath: string): Promise<SwapJournal | null> {
  const path = journalPath(databasePath);
  try {
    return journalSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (isCode(error, "ENOENT")) return null;
    throw new AppError("database_unusable", `${path} cannot be read, so a half-done swap of the database cannot end.`, {
      hint: "Look at the files beside the database: the .before- file is the old one. Put the right one in place and remove the journal.",
      cause: error,
    });
  }
}

async function writeJournal(databasePath: string, journal: SwapJournal): Promise<void> {
  const path = journalPath(databasePath);
  const file = await open(`${path}.tmp`, "w", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(journal, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
  await syncFile(dirname(path));
}
