import { copyFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

const INSERTED_ROWS = 500;
const UPDATED_ROWS = 100;
const MESSAGE_COLUMNS = "event_id, sender, body, sent_at";
const REGISTRATION_COLUMNS = "event_id, member_id, status, seats, amount, registered_at";

/** What is done to the sample, each by itself; every one ends with a checkpoint, as a snapshot begins with one. */
const CHANGES = {
  small: [
    insertRows("messages", "message_id", MESSAGE_COLUMNS, String(INSERTED_ROWS)),
    insertRows("registrations", "registration_id", REGISTRATION_COLUMNS, String(INSERTED_ROWS)),
    `UPDATE members SET city = 'Elsewhere' WHERE member_id % (SELECT count(*) // ${UPDATED_ROWS} FROM members) = 0`,
  ],
  append: [
    insertRows("messages", "message_id", MESSAGE_COLUMNS, onePercent("messages")),
    insertRows("registrations", "registration_id", REGISTRATION_COLUMNS, onePercent("registrations")),
  ],
  scatter: [
    "UPDATE messages SET event_id = 1 + (event_id + 7) % (SELECT max(event_id) FROM messages) WHERE hash(message_id) % 100 = 0",
  ],
} as const;

export type Change = keyof typeof CHANGES;

/** By the change made in each. */
export type ChangedFiles = Record<Change, string>;

/** Copies of the sample at `base`, each with one change made through the engine. */
export async function makeChangedFiles(base: string, folder: string): Promise<ChangedFiles> {
  const changed = { small: "", append: "", scatter: "" };
  for (const change of ["small", "append", "scatter"] as const) {
    changed[change] = join(folder, `${change}.duckdb`);
    await copyFile(base, changed[change]);
    await runOn(changed[change], CHANGES[change]);
    const megabytes = (await stat(changed[change])).size / 1e6;
    console.log(`  ${change}: ${megabytes.toFixed(1)} MB`);
  }
  return changed;
}

async function runOn(file: string, statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    for (const statement of statements) await connection.run(statement);
    await connection.run("CHECKPOINT");
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The first rows once more, with new keys. `rows` is a number in SQL. */
function insertRows(table: string, key: string, columns: string, rows: string): string {
  return `INSERT INTO ${table} (${key}, ${columns}) SELECT ${key} + (SELECT max(${key}) FROM ${table}), ${columns}
    FROM ${table} WHERE ${key} <= ${rows}`;
}

function onePercent(table: string): string {
  return `(SELECT count(*) // 100 FROM ${table})`;
}
