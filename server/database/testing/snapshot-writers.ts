import { systemClock } from "../../clock";
import type { LiveDatabase } from "../types";
import { runEngine } from "./run-engine";

export const ACCOUNTS = 100;
export const START_BALANCE = 1_000;
/** More than one row group, which the engine writes into the main file before its COMMIT. */
const BULK_ROWS = 130_000;

/** Writers of every kind until they are stopped. Conflicts between them are theirs to repeat. */
export async function startWriters(database: LiveDatabase) {
  await database.run("CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance BIGINT)");
  await database.run(`INSERT INTO accounts SELECT range, ${START_BALANCE} FROM range(${ACCOUNTS})`);
  await database.run("CREATE TABLE counter (n BIGINT)");
  await database.run("INSERT INTO counter VALUES (0)");
  await database.run("CREATE TABLE bulk (batch BIGINT, n BIGINT, text VARCHAR)");
  const failures: string[] = [];
  const counts = { transfers: 0, batches: 0, definitions: 0 };
  let running = true;
  let counter = 0;
  const retrying = async (work: () => Promise<unknown>) => {
    while (running) {
      try {
        await work();
        await systemClock.sleep(5);
      } catch (error) {
        if (!/got in the way/.test(String(error))) {
          failures.push(String(error));
          return;
        }
      }
    }
  };
  const transfer = async (seed: number) => {
    const from = (counts.transfers * 7 + seed) % ACCOUNTS;
    const to = (from + 13) % ACCOUNTS;
    await database.transaction(async (sql) => {
      await sql("UPDATE accounts SET balance = balance - 5 WHERE id = ?", [from]);
      await sql("UPDATE accounts SET balance = balance + 5 WHERE id = ?", [to]);
    });
    counts.transfers += 1;
  };
  const count = async () => {
    await database.run("UPDATE counter SET n = n + 1");
    counter += 1;
  };
  const batch = async () => {
    const name = counts.batches;
    const rows = name % 2 === 0 ? BULK_ROWS : 1_000;
    await database.run("INSERT INTO bulk SELECT ?, range, 'row ' || range FROM range(?)", [name, rows]);
    counts.batches += 1;
    if (name > 2) await database.run("DELETE FROM bulk WHERE batch = ?", [name - 3]);
  };
  const define = async () => {
    const name = `extra_${counts.definitions}`;
    await database.run(`CREATE TABLE ${name} AS SELECT range AS id FROM range(500)`);
    await database.run(`ALTER TABLE ${name} ADD COLUMN token UUID DEFAULT uuid()`);
    await database.run(`CREATE INDEX ${name}_id ON ${name} (id)`);
    await database.run(`DROP TABLE ${name}`);
    counts.definitions += 1;
  };
  const loops = [
    retrying(() => transfer(0)),
    retrying(() => transfer(50)),
    retrying(count),
    retrying(batch),
    retrying(define),
  ];
  return {
    counter: () => counter,
    stop: async () => {
      running = false;
      await Promise.all(loops);
      return { ...counts, failures };
    },
  };
}

interface Inspected {
  sum: number;
  counter: number;
  torn: number;
}

/** Opens each copy in another process, as a restore would, reads it and writes to it. */
export async function inspectCopies(copies: string[]): Promise<Inspected[]> {
  const output = await runEngine(`
    for (const copy of ${JSON.stringify(copies)}) {
      const instance = await DuckDBInstance.create(copy);
      const connection = await instance.connect();
      const value = async (sql) => Number((await (await connection.run(sql)).getRowsJson())[0][0]);
      console.log(JSON.stringify({
        sum: await value("SELECT sum(balance)::BIGINT FROM accounts"),
        counter: await value("SELECT n FROM counter"),
        torn: await value("SELECT count(*) FROM (SELECT count(*) AS n, max(length(text)) FROM bulk GROUP BY batch) WHERE n NOT IN (1000, ${BULK_ROWS})"),
      }));
      await connection.run("UPDATE accounts SET balance = balance + 1");
      await connection.run("CHECKPOINT");
      connection.closeSync(); instance.closeSync();
    }`);
  return output.split("\n").map((line) => JSON.parse(line));
}
