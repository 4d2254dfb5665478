import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { bundledProgram } from "../../testing/bundled-program";

/** Kills the workers that this process has started, as the kernel would when memory runs out. Returns how many there were. */
export async function killWorkers(): Promise<number> {
  const entry = bundledProgram("worker");
  const children = (await readFile(`/proc/self/task/${process.pid}/children`, "utf8")).trim().split(/\s+/);
  const workers = children.filter((pid) => pid && isRunning(pid, entry));
  for (const pid of workers) process.kill(Number(pid), "SIGKILL");
  return workers.length;
}

function isRunning(pid: string, entry: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(entry);
  } catch (error) {
    // It has ended since the list was read.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
