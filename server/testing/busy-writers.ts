import { setTimeout as pause } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect } from "vitest";
import type { AppDatabase } from "../nestegg";

const ACCOUNTS = 50;
const BALANCE = 1000;
/** One row group and more: such an append writes its blocks into the file before it commits. */
const BULK_ROWS = 130_000;
const BULKS_KEPT = 3;
/** Two cores also have to back up, verify and judge. */
const BULK_PAUSE_MS = 300;
const DDL_PAUSE_MS = 200;

export interface BusyWriters {
  /** Highest counter whose transaction was confirmed. */
  confirmed(): number;
  /** Transactions that failed for another reason than a conflict with another writer. */
  failures(): string[];
  stop(): Promise<void>;
}

interface BusyOptions {
  /** Rows that nobody touches, so that most parts of the file stay as they are; about 60 bytes each. */
  ballastRows?: number;
}

/** Transfers, a counter, bulk inserts and DDL at once: what makes a careless copy of the file wrong. */
export async function startBusyWriters(app: AppDatabase, { ballastRows = 0 }: BusyOptions = {}): Promise<BusyWriters> {
  // Hashes do not compress: the file grows by what is written.
  if (ballastRows > 0) {
    const columns = "range AS id, md5(range::VARCHAR) AS text, random() AS chance";
    await app.run(`CREATE TABLE ballast AS SELECT ${columns} FROM range(${ballastRows})`);
  }
  await app.run("CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance BIGINT)");
  await app.run("INSERT INTO accounts SELECT range, ? FROM range(?)", [BALANCE, ACCOUNTS]);
  await app.run("CREATE TABLE counter (value BIGINT)");
  await app.run("INSERT INTO counter VALUES (0)");
  await app.run("CREATE TABLE bulk (batch INTEGER, id BIGINT, text TEXT)");
  let running = true;
  let confirmed = 0;
  const failures: string[] = [];
  const loop = async (work: (turn: number) => Promise<void>) => {
    for (let turn = 1; running; turn += 1) {
      try {
        await work(turn);
      } catch (error) {
        const text = String((error as Error).message);
        if (!/conflict/i.test(text)) failures.push(text);
      }
    }
  };
  const transfers = loop((turn) =>
    app.transaction(async (sql) => {
      await sql("UPDATE accounts SET balance = balance - ? WHERE id = ?", [turn % 7, turn % ACCOUNTS]);
      await sql("UPDATE accounts SET balance = balance + ? WHERE id = ?", [turn % 7, (turn * 13 + 5) % ACCOUNTS]);
    }),
  );
  const counter = loop(async () => {
    await app.run("UPDATE counter SET value = ?", [confirmed + 1]);
    confirmed += 1;
  });
  const bulk = loop(async (turn) => {
    await app.run("INSERT INTO bulk SELECT ?, range, md5(range::VARCHAR) FROM range(?)", [turn, BULK_ROWS]);
    await app.run("DELETE FROM bulk WHERE batch = ?", [turn - BULKS_KEPT]);
    await pause(BULK_PAUSE_MS);
  });
  const ddl = loop(async (turn) => {
    await app.run(`CREATE TABLE side_${turn} AS SELECT range AS id, 'x' || range AS text FROM range(2000)`);
    await app.run(`ALTER TABLE side_${turn} ADD COLUMN extra INTEGER DEFAULT 7`);
    await app.run(`CREATE INDEX side_index_${turn} ON side_${turn} (id)`);
    if (turn > 2) await app.run(`DROP TABLE side_${turn - 2}`);
    await pause(DDL_PAUSE_MS);
  });
  return {
    confirmed: () => confirmed,
    failures: () => failures,
    async stop() {
      running = false;
      await Promise.all([transfers, counter, bulk, ddl]);
    },
  };
}

/** One instant, whole: no transfer is half there, the counter is between its bounds, batches are complete, indexes agree. */
export async function expectOneInstant(file: string, counter: { atLeast: number; atMost: number }): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
  try {
    expect(await rows("SELECT sum(balance), count(*) FROM accounts")).toEqual([
      [String(ACCOUNTS * BALANCE), String(ACCOUNTS)],
    ]);
    const [[value] = []] = await rows("SELECT value FROM counter");
    expect(Number(value)).toBeGreaterThanOrEqual(counter.atLeast);
    expect(Number(value)).toBeLessThanOrEqual(counter.atMost);
    const wrong = "count(*) != $rows OR count(DISTINCT id) != $rows OR bool_or(text != md5(id::VARCHAR))".replaceAll(
      "$rows",
      String(BULK_ROWS),
    );
    expect(await rows(`SELECT batch, count(*) FROM bulk GROUP BY batch HAVING ${wrong}`)).toEqual([]);
    for (const [name] of await rows("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'side_%'")) {
      expect(await rows(`SELECT count(*) FROM ${name} WHERE text = 'x' || id`)).toEqual([["2000"]]);
      expect(await rows(`SELECT text FROM ${name} WHERE id = 1234`)).toEqual([["x1234"]]);
    }
    // The copy must also take writes and a checkpoint: damage in the free list shows only then.
    await connection.run("CREATE TABLE probe AS SELECT range AS id FROM range(200000)");
    await connection.run("CHECKPOINT");
    expect(await rows("SELECT count(*) FROM probe")).toEqual([["200000"]]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
