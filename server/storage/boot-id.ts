import { readFile } from "node:fs/promises";
import { uptime } from "node:os";
import type { Clock } from "../clock";
import { errorCodeOf } from "./local-errors";

const LINUX_BOOT_ID = "/proc/sys/kernel/random/boot_id";

/**
 * Another word after each start of the machine. What was written without fsync outlives its process, but not a power cut: with
 * the same word as before, it is all there.
 */
export async function readBootId(clock: Clock): Promise<string> {
  try {
    return (await readFile(LINUX_BOOT_ID, "utf8")).trim();
  } catch (error) {
    if (errorCodeOf(error) !== "ENOENT") throw error;
    // Elsewhere the minute of the start; a clock that was set in between only costs a new upload.
    return `started-${Math.round((clock.now().getTime() / 1000 - uptime()) / 60)}`;
  }
}
