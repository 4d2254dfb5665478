import type { LiveDatabase } from "../database/types";
import { hasCode } from "../errors";
import type { AppDatabase } from "../nestegg";

/**
 * Runs `work` on the database that is open. A request that waited at the gate while a restore put another in its place goes on
 * with that one: it had not begun, so nothing is done twice.
 */
export async function onCurrentDatabase<T>(
  current: () => LiveDatabase,
  work: (database: LiveDatabase) => Promise<T>,
): Promise<T> {
  for (;;) {
    const database = current();
    try {
      return await work(database);
    } catch (error) {
      if (!hasCode(error, "database_replaced") || current() === database) throw error;
    }
  }
}

/** For app code that keeps it: each call finds the database that is open then. */
export function followDatabase(current: () => LiveDatabase): AppDatabase {
  return {
    run: (sql, params) => onCurrentDatabase(current, (database) => database.run(sql, params)),
    transaction: (work) => onCurrentDatabase(current, (database) => database.transaction(work)),
  };
}
