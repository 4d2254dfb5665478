import { eq, lte } from "drizzle-orm";
import type { Clock } from "../clock";
import type { ControlDatabase } from "./control-database";
import type { PatientWrites } from "./patient-writes";
import { endedSessions } from "./schema";
import { secretHash } from "./secret-hash";

export interface EndedSessions {
  has(sessionId: string): Promise<boolean>;
  /** `until`: when its token would have been over by itself; the row goes then. Never rejects. */
  add(input: { sessionId: string; until: Date }): Promise<void>;
}

/** What was signed out stays out, whoever kept a copy of the cookie. */
export function createEndedSessions(deps: {
  database: ControlDatabase;
  writes: PatientWrites;
  clock: Clock;
}): EndedSessions {
  const { database, writes, clock } = deps;
  const { db } = database;
  /** Newer than the file, which may take no writes at the moment. */
  const unsaved = new Set<string>();

  return {
    async has(sessionId) {
      const hash = secretHash(sessionId);
      if (unsaved.has(hash)) return true;
      const rows = await database.read((reader) =>
        reader.select().from(endedSessions).where(eq(endedSessions.sessionHash, hash)),
      );
      return rows.length > 0;
    },
    async add({ sessionId, until }) {
      const row = { sessionHash: secretHash(sessionId), endsAt: until.toISOString() };
      unsaved.add(row.sessionHash);
      await writes.save(`ended-session:${row.sessionHash}`, () => ({
        statements: [
          db.delete(endedSessions).where(lte(endedSessions.endsAt, clock.now().toISOString())),
          db.insert(endedSessions).values(row).onConflictDoNothing(),
        ],
        saved: () => unsaved.delete(row.sessionHash),
      }));
    },
  };
}
