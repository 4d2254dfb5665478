// @ts-check
import { statSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { CREATE_INDEX, TABLE_NAMES } from "./tables.mjs";

/** @typedef {import("./tables.mjs").SampleTable} SampleTable */

/** Whole row groups, small enough that memory stays flat. */
const BATCH_ROWS = 2 * 122_880;

/**
 * Writes the tables into a DuckDB file, which is created when missing. Refuses a file that somebody holds or that has
 * tables of these names, and then changes nothing.
 * @param {{ file: string, storageVersion: string, tables: SampleTable[], onTable: (table: SampleTable) => void }} input
 * @returns {Promise<number>} the file's bytes
 */
export async function fillFile({ file, storageVersion, tables, onTable }) {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    await attach();
    await connection.run("USE sample");
    const there = await connection.runAndReadAll(
      "SELECT table_name FROM duckdb_tables() WHERE database_name = 'sample'",
    );
    const taken = there
      .getRows()
      .flat()
      .map(String)
      .filter((name) => TABLE_NAMES.includes(name));
    if (taken.length > 0) {
      throw new Error(`${file} has a table ${taken[0]} already; nothing was changed. Give another file with --file.`);
    }
    // Few checkpoints: each writes all indexes out again.
    await connection.run("SET checkpoint_threshold = '256MB'");
    for (const table of tables) {
      onTable(table);
      await connection.run(table.create);
      for (let from = 1; from <= table.rows; from += BATCH_ROWS) {
        await connection.run(table.insert(from, Math.min(table.rows, from + BATCH_ROWS - 1)));
      }
    }
    await connection.run(CREATE_INDEX);
    await connection.run("CHECKPOINT sample");
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return statSync(file).size;

  async function attach() {
    const name = `'${file.replaceAll("'", "''")}'`;
    const options = statSync(file, { throwIfNoEntry: false }) ? "" : ` (STORAGE_VERSION '${storageVersion}')`;
    try {
      await connection.run(`ATTACH ${name} AS sample${options}`);
    } catch (error) {
      if (!(error instanceof Error) || !/lock on file/.test(error.message)) throw error;
      throw new Error(
        `${file} is open in another process, most likely Nestegg; nothing was changed. Stop it, or fill the database through it:\n` +
          "  npm run sample -- --url http://127.0.0.1:3000 --token <a token with sql:write>",
      );
    }
  }
}
