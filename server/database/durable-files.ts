import { open, stat } from "node:fs/promises";
import type { Clock } from "../clock";

/** What is written must survive a power loss before the next step builds on it. Works on folders too. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** 0 for a file that does not exist. Never opens it. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isCode(error, "ENOENT")) return 0;
    throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isCode(error, "ENOENT")) return false;
    throw error;
  }
}

export function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** "20241230-153000": sorts by time, and is fine in a file name everywhere. */
export function timestampOf(clock: Clock): string {
  return clock.now().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}
