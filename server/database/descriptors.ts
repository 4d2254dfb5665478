import { readdir, readlink, realpath } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock } from "../clock";
import { isCode } from "./durable-files";

/** Where Linux lists what a process has open. Other systems have no such folder; the check is skipped there. */
const DESCRIPTORS = "/proc/self/fd";
const CHECK_PAUSE_MS = 50;

/**
 * The descriptors of the database and its WAL that are still open after `patienceMs`; empty when all are closed.
 * Results have no destructor in the node-api, only a finaliser, so the garbage collector is asked to run in between.
 */
export async function openDescriptors(path: string, { clock, patienceMs }: { clock: Clock; patienceMs: number }) {
  const until = clock.now().getTime() + patienceMs;
  for (;;) {
    const open = await listOpen(path);
    if (open.length === 0 || clock.now().getTime() >= until) return open;
    collectGarbage();
    await clock.sleep(CHECK_PAUSE_MS);
  }
}

async function listOpen(path: string): Promise<string[]> {
  const names = new Set<string>();
  for (const file of [path, await resolved(path)]) {
    for (const suffix of ["", ".wal", ".wal.checkpoint"]) names.add(file + suffix).add(`${file + suffix} (deleted)`);
  }
  const targets = await Promise.all((await listed()).map(target));
  return targets.filter((open) => names.has(open));
}

async function listed(): Promise<string[]> {
  try {
    return await readdir(DESCRIPTORS);
  } catch (error) {
    if (isCode(error, "ENOENT")) return [];
    throw error;
  }
}

/** Descriptors come and go while they are listed: one that is gone is not open. */
async function target(descriptor: string): Promise<string> {
  try {
    return await readlink(`${DESCRIPTORS}/${descriptor}`);
  } catch (error) {
    if (isCode(error, "ENOENT")) return "";
    throw error;
  }
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isCode(error, "ENOENT")) return path;
    throw error;
  }
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
}
