// @ts-check
import { mkdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const BEAT_MS = 1_000;
/** A holder that was killed leaves its lock; ten missed beats tell it from a busy machine. */
const STALE_MS = 10_000;

/**
 * One build at a time in one folder; whoever comes second waits. A folder, because making one is atomic everywhere.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withBuildLock(path, work) {
  while (!tryLock(path)) await sleep(BEAT_MS / 4);
  const release = () => rmSync(path, { recursive: true, force: true });
  process.once("exit", release);
  const beat = setInterval(() => utimesSync(path, new Date(), new Date()), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.removeListener("exit", release);
    release();
  }
}

/** @param {string} path */
function tryLock(path) {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    const held = statSync(path, { throwIfNoEntry: false });
    if (held && Date.now() - held.mtimeMs > STALE_MS) rmSync(path, { recursive: true, force: true });
    return false;
  }
}
