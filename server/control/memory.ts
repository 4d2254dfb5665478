import { eq } from "drizzle-orm";
import type { ControlDatabase } from "./control-database";
import { memory } from "./schema";
import type { Memory } from "./types";

/** `set` rejects when it could not be written: a fact that is believed lasting and is not is worse than none. */
export function createMemory(database: ControlDatabase): Memory {
  return {
    async get(name) {
      const [row] = await database.read((db) => db.select().from(memory).where(eq(memory.name, name)));
      return row?.value ?? null;
    },
    async set(name, value) {
      const { db } = database;
      await database.batch([
        value === null
          ? db.delete(memory).where(eq(memory.name, name))
          : db.insert(memory).values({ name, value }).onConflictDoUpdate({ target: memory.name, set: { value } }),
      ]);
    },
  };
}
