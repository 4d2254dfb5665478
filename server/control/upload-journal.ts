import { asc, eq } from "drizzle-orm";
import type { Clock } from "../clock";
import type { ControlDatabase } from "./control-database";
import type { PatientWrites } from "./patient-writes";
import { uploads } from "./schema";
import type { UploadJournal } from "./types";

type Entry = Awaited<ReturnType<UploadJournal["list"]>>[number];

/**
 * `add` and `remove` never reject, for a full disk must not stop a backup: what the file cannot take is remembered here
 * until it can. Lost is only what waits when the process dies; the bucket drops such an upload by itself after days.
 */
export function createUploadJournal(deps: {
  database: ControlDatabase;
  writes: PatientWrites;
  clock: Clock;
}): UploadJournal {
  const { database, writes, clock } = deps;
  const { db } = database;
  /** null: removed, but the file does not know it yet. */
  const unsaved = new Map<string, Entry | null>();

  async function put(uploadId: string, entry: Entry | null): Promise<void> {
    unsaved.set(uploadId, entry);
    await writes.save(`upload:${uploadId}`, () => ({
      statements: [
        entry
          ? db.insert(uploads).values(entry).onConflictDoUpdate({ target: uploads.uploadId, set: entry })
          : db.delete(uploads).where(eq(uploads.uploadId, uploadId)),
      ],
      saved() {
        if (unsaved.get(uploadId) === entry) unsaved.delete(uploadId);
      },
    }));
  }

  return {
    add: (entry) => put(entry.uploadId, { ...entry, createdAt: clock.now().toISOString() }),
    remove: (uploadId) => put(uploadId, null),
    async list() {
      const rows = await database.read((reader) => reader.select().from(uploads).orderBy(asc(uploads.createdAt)));
      const inMemory = [...unsaved.values()].filter((entry) => entry !== null);
      return [...rows.filter(({ uploadId }) => !unsaved.has(uploadId)), ...inMemory];
    },
  };
}
