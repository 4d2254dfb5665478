import { stat } from "node:fs/promises";
import { z } from "zod";
import type { Clock } from "../clock";
import type { Memory } from "../control/types";
import type { Log } from "../log";

const NAME = "lineage";
const lineageSchema = z.object({ id: z.string(), device: z.string(), inode: z.string() });

/**
 * A random id of the database file's present history. Two histories can have equal headers and different rows (measured), so
 * "unchanged" needs the same header and the same lineage. A file that is not the one we left (device, inode), or none known,
 * begins a new one; restore, undo and rescue ask for a new one with `renew`.
 */
export async function establishLineage(
  memory: Memory,
  databasePath: string,
  options: { clock: Clock; log: Log; renew: boolean },
): Promise<string> {
  const file = await stat(databasePath, { bigint: true });
  const here = { device: String(file.dev), inode: String(file.ino) };
  const text = await memory.get(NAME);
  const known = text === null ? null : lineageSchema.safeParse(JSON.parse(text)).data;
  if (!options.renew && known?.device === here.device && known.inode === here.inode) return known.id;
  const id = options.clock.randomHex(16);
  // Unsaved it is good for this process; the file is not the one that is on record, so the next start begins another one.
  await memory
    .set(NAME, JSON.stringify({ id, ...here }))
    .catch((error: unknown) => options.log.warn({ err: error }, "the history of the database file could not be noted"));
  return id;
}
