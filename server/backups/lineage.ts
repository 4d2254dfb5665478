import { stat } from "node:fs/promises";
import { z } from "zod";
import type { Clock } from "../clock";
import type { Memory } from "../control/types";
import type { Log } from "../log";

const NAME = "lineage";
const lineageSchema = z.object({
  id: z.string(),
  device: z.string(),
  inode: z.string(),
  /** As a clean stop left the file: another content may have been copied over it since, under the same inode. */
  closed: z.object({ bytes: z.string(), modifiedNs: z.string() }).optional(),
});

/**
 * A random id of the database file's present history. Two histories can have equal headers and different rows (measured), so
 * "unchanged" needs the same header and the same lineage. A file that is not the one we left (device, inode), or none known,
 * begins a new one, and so does one that is not as a clean stop left it; restore, undo and rescue ask for a new one with `renew`.
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
  const untouched =
    !known?.closed || (known.closed.bytes === String(file.size) && known.closed.modifiedNs === String(file.mtimeNs));
  const same = !options.renew && untouched && known?.device === here.device && known.inode === here.inode;
  if (same && !known.closed) return known.id;
  const id = same ? known.id : options.clock.randomHex(16);
  // Unsaved it is good for this process; the file is not the one that is on record, so the next start begins another one.
  await memory
    .set(NAME, JSON.stringify({ id, ...here }))
    .catch((error: unknown) => options.log.warn({ err: error }, "the history of the database file could not be noted"));
  return id;
}

/** After a clean close, before the lock on the file's folder goes. */
export async function noteClosed(memory: Memory, databasePath: string): Promise<void> {
  const text = await memory.get(NAME);
  const known = text === null ? null : lineageSchema.safeParse(JSON.parse(text)).data;
  if (!known) return;
  const file = await stat(databasePath, { bigint: true });
  const closed = { bytes: String(file.size), modifiedNs: String(file.mtimeNs) };
  await memory.set(NAME, JSON.stringify({ ...known, closed }));
}
