import { totalmem } from "node:os";

const MEBIBYTE = 1024 * 1024;
/** A floor for small containers, chosen with room for two threads; where the engine truly fails was not measured. */
const LEAST_MIB = 256;

/** For the engine's `memory_limit`, which is 80 % of the machine by default: a share, from 0 to 1, of what this process may have. */
export function engineMemory(share: number): string {
  return `${Math.max(LEAST_MIB, Math.round((availableMemory() * share) / MEBIBYTE))}MiB`;
}

/** A container's limit when there is one, in bytes. */
function availableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
