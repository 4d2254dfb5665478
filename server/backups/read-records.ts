import type { RecordRows } from "../control/record-rows";
import { AppError } from "../errors";
import { readBody } from "../read-body";
import type { ObjectStore } from "../storage/object-store";
import { parseRecords, type RecordsFile } from "./records-file";

/** More than the most that is ever written, and no more than fits into memory of a small machine. */
const MAX_BYTES = 128 * 1024 * 1024;

export interface RecordsPlace {
  store: ObjectStore;
  prefix: string;
  databaseName: string;
}

/**
 * Beside the backups, under a name that is no backup's: the list, the clean-up and the retention pass it over. `serverId` names the
 * copy that was put aside when another server took the path over.
 */
export function recordsKey({ prefix, databaseName }: Omit<RecordsPlace, "store">, serverId?: string): string {
  return `${prefix}${databaseName}.records${serverId === undefined ? "" : `.${serverId}`}.json`;
}

/** Throws `not_found` when there is none, `backup_damaged` or `conflict` when it cannot be used. */
export async function readRecords(
  place: RecordsPlace,
  { of, parseRows }: { of?: string; parseRows(rows: unknown): RecordRows },
): Promise<RecordsFile & { key: string; bytes: number }> {
  const key = recordsKey(place, of);
  const body = await place.store.get(key);
  if (!body) {
    throw new AppError("not_found", `There are no records ${key} in ${place.store.label}. Nothing was changed.`, {
      hint: "A server writes them once it has people or settings of its own. Backups are restored without them all the same.",
    });
  }
  const tooLarge = body.totalBytes > MAX_BYTES;
  const bytes = tooLarge ? null : await readBody(body);
  if (bytes === null) {
    throw new AppError("backup_damaged", `${key} is far larger than records are; nothing was changed.`, {
      hint: "Look at who put it there.",
    });
  }
  const file = parseRecords(bytes, { key, databaseName: place.databaseName, parseRows });
  return { ...file, key, bytes: bytes.length };
}

/** The server ids of copies that were put aside, by name. */
export async function listAside(place: RecordsPlace): Promise<string[]> {
  const start = `${place.prefix}${place.databaseName}.records.`;
  const found: string[] = [];
  for await (const { key } of place.store.list(start)) {
    const name = /^([0-9a-z-]+)\.json$/.exec(key.slice(start.length))?.[1];
    if (name) found.push(name);
  }
  return found;
}
