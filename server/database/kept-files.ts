import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import type { Clock } from "../clock";
import { exists, isCode, sizeOf, syncFile } from "./durable-files";
import { journalPath, WAL_SUFFIXES } from "./swap";

const ABOUT_SUFFIX = ".about.json";
const INCOMING = ".incoming-";
const KEPT = ".before-restore-";

const aboutSchema = z.looseObject({
  version: z.literal(1),
  replacedAt: z.string().refine((at) => !Number.isNaN(Date.parse(at))),
  replacedBy: z.string(),
  backupId: z.string().nullable(),
  actor: z.string(),
  operationId: z.string().nullable(),
  safetyBackupId: z.string().nullable(),
  /** Holds changes that are in no backup. */
  uncovered: z.boolean(),
}) satisfies z.ZodType<KeptAbout>;

/** What is known of a replaced database; lies beside it, so that it survives the loss of every other record of ours. */
export interface KeptAbout {
  version: 1;
  replacedAt: string;
  replacedBy: string;
  backupId: string | null;
  actor: string;
  operationId: string | null;
  safetyBackupId: string | null;
  uncovered: boolean;
}

export interface KeptFile {
  path: string;
  name: string;
  /** With its write-ahead log. */
  bytes: number;
  walBytes: number;
  about: KeptAbout;
}

/** The replaced databases beside one live file, for the verbs that list them and let them go. */
export interface KeptFiles {
  /** Newest first. A description whose file is gone is passed over. */
  list(): Promise<KeptFile[]>;
  /** Deletes the file and all that belongs to it. May be repeated. */
  remove(path: string): Promise<void>;
  /** Deletes only the description, after the file itself has moved back into place. */
  forget(path: string): Promise<void>;
  /** Where a backup is brought to before it takes the live file's place: same folder, so that a rename is enough. */
  incomingPath(backupId: string): string;
}

export function keptFilesOf(databasePath: string): KeptFiles {
  return {
    list: () => listKept(databasePath),
    remove: removeKept,
    forget: forgetKept,
    incomingPath: (backupId) => `${databasePath}${INCOMING}${backupId}`,
  };
}

/**
 * `<file>.before-restore-20241230-153000`, a second later when that one is taken. Never older than the newest of them, whatever
 * the clock says: an undo brings the newest back.
 */
export async function freeKeptPath(databasePath: string, clock: Clock): Promise<string> {
  const prefix = `${basename(databasePath)}${KEPT}`;
  const stamps = (await namesIn(dirname(databasePath)))
    .filter((name) => name.startsWith(prefix))
    .map((name) => timeOfStamp(name.slice(prefix.length))?.getTime() ?? 0);
  for (let at = Math.max(clock.now().getTime(), ...stamps); ; at += 1_000) {
    const stamp = new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
    const path = `${databasePath}${KEPT}${stamp}`;
    const names = [path, path + ABOUT_SUFFIX, ...WAL_SUFFIXES.map((suffix) => path + suffix)];
    if (!(await Promise.all(names.map(exists))).includes(true)) return path;
  }
}

/** Written before the swap, so that whoever finishes it after a crash finds the file described. */
export async function describeKept(keptPath: string, about: KeptAbout): Promise<void> {
  const path = keptPath + ABOUT_SUFFIX;
  const file = await open(`${path}.tmp`, "w", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(about, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
  await syncFile(dirname(path));
}

/** Replaced databases beside the live one, newest first. A description whose file is gone is passed over. */
async function listKept(databasePath: string): Promise<KeptFile[]> {
  const folder = dirname(databasePath);
  const prefix = `${basename(databasePath)}${KEPT}`;
  const kept: KeptFile[] = [];
  for (const name of await namesIn(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith(ABOUT_SUFFIX)) continue;
    const path = join(folder, name.slice(0, -ABOUT_SUFFIX.length));
    if (!(await isFile(path))) continue;
    const described = aboutSchema.safeParse(jsonOrNull(await textOf(join(folder, name)))).data;
    const about = described ?? undescribed(path.slice(join(folder, prefix).length));
    if (!about) continue;
    const walBytes = await sizeOf(`${path}.wal`);
    kept.push({ path, name: basename(path), bytes: (await sizeOf(path)) + walBytes, walBytes, about });
  }
  // The stamp in the name sorts by time, also for two of the same second.
  return kept.sort((a, b) => (a.name < b.name ? 1 : -1));
}

/** One spoilt description must not hide the others, nor its own file: that one counts as holding what no backup does. */
function undescribed(stamp: string): KeptAbout | null {
  const at = timeOfStamp(stamp);
  if (!at) return null;
  return {
    version: 1,
    replacedAt: at.toISOString(),
    replacedBy: "a restore",
    backupId: null,
    actor: "unknown",
    operationId: null,
    safetyBackupId: null,
    uncovered: true,
  };
}

/** Of what follows KEPT in a name; null: not one of ours. */
function timeOfStamp(text: string): Date | null {
  const [, ...fields] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)(?!\d)/.exec(text) ?? [];
  const [year, month, day, hour, minute, second] = fields;
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** The description goes last: a crash in between leaves a file that is still known. May be repeated. */
async function removeKept(path: string): Promise<void> {
  for (const suffix of [...WAL_SUFFIXES, ""]) await rm(path + suffix, { force: true });
  await forgetKept(path);
}

/** After the file itself has moved back into place. */
export async function forgetKept(path: string): Promise<void> {
  await rm(path + ABOUT_SUFFIX, { force: true, recursive: true });
}

/**
 * At start, with the database open and no swap under way: downloads that nobody will go on with, and descriptions whose file
 * moved back, or never moved.
 */
export async function removeLeftovers(databasePath: string): Promise<void> {
  if (await exists(journalPath(databasePath))) return;
  const folder = dirname(databasePath);
  const incoming = basename(databasePath) + INCOMING;
  const kept = `${basename(databasePath)}${KEPT}`;
  for (const name of await namesIn(folder)) {
    // The name is ours: a folder of that name, which nobody can download to, goes as well.
    if (name.startsWith(incoming)) await rm(join(folder, name), { force: true, recursive: true });
    if (name.startsWith(kept) && name.endsWith(`${ABOUT_SUFFIX}.tmp`)) await rm(join(folder, name), { force: true });
    const described = name.startsWith(kept) && name.endsWith(ABOUT_SUFFIX) ? name.slice(0, -ABOUT_SUFFIX.length) : null;
    if (described !== null && !(await exists(join(folder, described)))) await rm(join(folder, name), { force: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isCode(error, "ENOENT")) return [];
    throw error;
  }
}

/** A kept database is a file: a folder of its name cannot be put back. */
async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}

/** Empty when it was let go, or moved back, since the folder was read; or when it is no file. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT", "EISDIR")) return "";
    throw error;
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
