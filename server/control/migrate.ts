import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import { type ControlDatabase, engineCode } from "./control-database";

interface Migration {
  number: number;
  name: string;
  sql: string;
}

const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;
/** libSQL's base codes for "this file is not, or no longer, a database". */
const DAMAGED = new Set(["SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT"]);

/**
 * Checks that the database is ours, whole and not newer than this program, then brings it up to date: each file in one
 * transaction with its own row, so that a kill leaves it before or after, never between.
 */
export async function migrate(database: ControlDatabase, migrationsFolder: string, clock: Clock): Promise<void> {
  const known = await readMigrations(migrationsFolder);
  const applied = await inspect(database, known);
  // Only now: a file that is refused must stay byte for byte as it was. The mode is lasting, one time is enough.
  if (database.path) await database.client.execute("PRAGMA journal_mode = WAL");
  for (const migration of known.filter(({ number }) => number > applied)) await apply(database, migration, clock);
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => FILE_NAME.test(name)).sort();
  const migrations = await Promise.all(
    names.map(async (name) => ({
      number: Number(name.slice(0, 4)),
      name,
      sql: await readFile(join(folder, name), "utf8"),
    })),
  );
  const gap = migrations.find(({ number }, index) => number !== index + 1);
  if (gap || migrations.length === 0) {
    throw new Error(`The migrations in ${folder} are not complete${gap ? ` before ${gap.name}` : ""}; build again.`);
  }
  return migrations;
}

/** The number of the newest migration in it; 0 for an empty database. */
async function inspect(database: ControlDatabase, known: Migration[]): Promise<number> {
  const newestKnown = known.length;
  try {
    await checkWhole(database);
    const tables = await database.client.execute("SELECT name FROM sqlite_master WHERE type = 'table'");
    const names = tables.rows.map((row) => String(row.name)).filter((name) => !name.startsWith("sqlite_"));
    if (names.length === 0) return 0;
    if (!names.includes("nestegg_migrations")) throw foreign(database);
    const result = await database.client.execute("SELECT coalesce(max(number), 0) AS newest FROM nestegg_migrations");
    const newest = Number(result.rows[0]?.newest ?? 0);
    if (newest > newestKnown) throw newer(database, newest, newestKnown);
    return newest;
  } catch (error) {
    throw DAMAGED.has(engineCode(error) ?? "") ? damaged(database, error) : error;
  }
}

async function checkWhole(database: ControlDatabase): Promise<void> {
  if (!database.path) return;
  const result = await database.client.execute("PRAGMA quick_check(1)");
  const verdict = String(result.rows[0]?.[0] ?? "");
  if (verdict !== "ok") throw damaged(database, new Error(verdict));
}

async function apply(database: ControlDatabase, migration: Migration, clock: Clock): Promise<void> {
  // `executeMultiple` lets the engine split the statements itself; the pool rolls back what an error leaves open.
  await database.client.executeMultiple(`BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS nestegg_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL);
    INSERT INTO nestegg_migrations VALUES (${migration.number}, '${migration.name}', '${clock.now().toISOString()}');
    ${migration.sql}
    COMMIT;`);
}

const place = (database: ControlDatabase) => database.path ?? "on the libSQL server";

function damaged(database: ControlDatabase, cause: unknown): AppError {
  return new AppError(
    "setting_invalid",
    `The control database ${place(database)} is damaged, so Nestegg did not start. Your data and your backups are not in it and are not touched.`,
    {
      hint: "Move the file and those beside it with -wal and -shm to another folder and start again: people, tokens and activity begin anew.",
      cause,
    },
  );
}

function newer(database: ControlDatabase, found: number, known: number): AppError {
  return new AppError(
    "setting_invalid",
    `The control database ${place(database)} was written by a newer Nestegg (schema ${found}, this one knows ${known}). It was not touched.`,
    { hint: "Start the newer version again, or set CONTROL_DATABASE_URL to another file." },
  );
}

function foreign(database: ControlDatabase): AppError {
  return new AppError(
    "setting_invalid",
    `The database ${place(database)} belongs to something else: it holds tables that are not Nestegg's. It was not touched.`,
    { hint: "Set CONTROL_DATABASE_URL to a file of its own." },
  );
}
