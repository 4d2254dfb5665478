import { constants, copyFile, readdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../clock";
import { exists, sizeOf, syncFile, timestampOf } from "./durable-files";
import { WAL_SUFFIXES } from "./swap";

/** One crash may be looked into after the next one; more only fills the disk. */
const SETS_KEPT = 2;

export interface WalAside {
  /** Copies of the log's files, in the database's folder. */
  copies: { original: string; copy: string }[];
}

/** Copies `.wal` and its kin before DuckDB may cut or merge them. */
export async function copyWalAside(databasePath: string, clock: Clock): Promise<WalAside> {
  const stamp = timestampOf(clock);
  const aside: WalAside = { copies: [] };
  for (const suffix of WAL_SUFFIXES) {
    const original = databasePath + suffix;
    if ((await sizeOf(original)) === 0) continue;
    const copy = `${asidePrefix(databasePath)}${stamp}${suffix}`;
    await copyFile(original, copy, constants.COPYFILE_FICLONE);
    await syncFile(copy);
    aside.copies.push({ original, copy });
  }
  await syncFile(dirname(databasePath));
  return aside;
}

export async function dropAside({ copies }: WalAside): Promise<void> {
  for (const { copy } of copies) await rm(copy, { force: true });
}

/** After a failed start: a copy of what still stands there unchanged is of no use. */
export async function dropIfUnchanged(aside: WalAside): Promise<void> {
  const { copies } = aside;
  for (const { original, copy } of copies) {
    if (!(await exists(original)) || !(await exists(copy))) return;
    if ((await sizeOf(original)) !== (await sizeOf(copy))) return;
    if (!(await readFile(original)).equals(await readFile(copy))) return;
  }
  await dropAside(aside);
}

/** After a good start: the last two crashes stay. */
export async function pruneAsides(databasePath: string): Promise<void> {
  const folder = dirname(databasePath);
  const prefix = basename(asidePrefix(databasePath));
  const copies = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  const stampOf = (name: string) => name.slice(prefix.length).split(".")[0] ?? "";
  const kept = [...new Set(copies.map(stampOf))].sort().slice(-SETS_KEPT);
  for (const name of copies) if (!kept.includes(stampOf(name))) await rm(join(folder, name), { force: true });
}

function asidePrefix(databasePath: string): string {
  return `${databasePath}.aside-`;
}
