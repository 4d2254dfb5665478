import { statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { headerOf, type LiveFixture, openFixture, request } from "./live-fixture";
import { stillClock } from "./still-clock";
import { FRIENDLY_READS, FRIENDLY_WRITES } from "./testing/friendly-statements";
import { FAILING, REFUSED } from "./testing/hostile-statements";

describe("the guard in front of SQL", () => {
  let live: LiveFixture;

  beforeAll(async () => {
    // One second of the timer is enough for a checkpoint after DDL, which would blur what these tests look for.
    live = await openFixture({ clock: stillClock() });
    const { database } = live;
    await database.run("CREATE TABLE members (id BIGINT PRIMARY KEY, name VARCHAR, extra JSON)");
    await database.run("INSERT INTO members VALUES (1, 'Ann', '{\"a\":1}'), (2, 'Bo', NULL)");
    await database.run("CREATE TABLE events (id BIGINT, host BIGINT, title VARCHAR)");
    await database.run("CREATE TABLE keyed (id BIGINT PRIMARY KEY)");
    await database.run("CREATE VIEW plain_view AS SELECT * FROM members");
    await database.run("CREATE MACRO plus_one(a) AS a + 1");
    await database.run("CREATE MACRO of_members() AS TABLE SELECT * FROM members");
    await database.run("CREATE VIEW hidden_view AS SELECT * FROM checkpoint()");
    await database.run("CREATE VIEW view_of_view AS SELECT * FROM hidden_view");
    await database.run("CREATE MACRO hidden_macro() AS (SELECT success FROM checkpoint())");
    await database.run("CREATE MACRO hidden_table_macro() AS TABLE SELECT * FROM checkpoint()");
  });
  afterAll(() => live.end());

  async function engineState() {
    const settings = await live.read("SELECT name, value FROM duckdb_settings() ORDER BY ALL");
    const catalog = await live.read("SELECT database_name, schema_name, table_name FROM duckdb_tables() ORDER BY ALL");
    const rows = await live.read("SELECT * FROM members ORDER BY id");
    return { header: await headerOf(live.path), settings: settings.rows, catalog: catalog.rows, rows: rows.rows };
  }

  async function codesOf(sql: string): Promise<string[]> {
    const { database } = live;
    const doors = [
      database.query(request({ statements: [{ sql }], access: "read" })),
      database.query(request({ statements: [{ sql }], access: "write" })),
      database.run(sql),
      database.transaction((run) => run(sql)),
    ];
    return Promise.all(doors.map((door) => door.then(() => "ran").catch((error) => error.code ?? String(error))));
  }

  it("refuses every hostile statement at every door, and neither file nor engine nor data change", async () => {
    const before = await engineState();
    const walBytes = statSync(`${live.path}.wal`).size;
    const wrong: Record<string, unknown> = {};
    for (const sql of REFUSED) {
      const codes = await codesOf(sql);
      if (codes.some((code) => code !== "sql_refused")) wrong[sql] = codes;
      if (statSync(`${live.path}.wal`, { throwIfNoEntry: false })?.size !== walBytes) wrong[`${sql} (WAL)`] = "changed";
    }
    for (const sql of FAILING) {
      const codes = await codesOf(sql);
      if (codes.some((code) => code !== "sql_failed" && code !== "sql_refused")) wrong[sql] = codes;
      if (statSync(`${live.path}.wal`, { throwIfNoEntry: false })?.size !== walBytes) wrong[`${sql} (WAL)`] = "changed";
    }
    expect(wrong).toEqual({});
    expect(await engineState()).toEqual(before);
  });

  it("lets through what an app needs for reading, also in a read-only request", async () => {
    const wrong: Record<string, unknown> = {};
    for (const sql of FRIENDLY_READS) {
      await live.read(sql).catch((error: Error) => {
        wrong[sql] = error.message;
      });
    }
    expect(wrong).toEqual({});
  });

  it("lets through what an app needs for writing, and refuses the same to a reader", async () => {
    const wrong: Record<string, unknown> = {};
    for (const sql of FRIENDLY_WRITES) {
      const asReader = await live.read(sql).catch((error) => error.code);
      if (asReader !== "sql_refused") wrong[`${sql} (reader)`] = asReader;
      await live.write(sql).catch((error: Error) => {
        wrong[sql] = error.message;
      });
    }
    expect(wrong).toEqual({});
    const added = await live.read("SELECT count(*) FROM members WHERE name = 'Ida'");
    expect(added.rows).toEqual([["1"]]);
  });

  it("refuses a reader a sequence's next value", async () => {
    await live.database.run("CREATE SEQUENCE for_readers");
    await expect(live.read("SELECT nextval('for_readers')")).rejects.toMatchObject({ code: "sql_refused" });
  });

  it("judges what a value switches off as if it were on", async () => {
    for (const sql of [
      "SELECT 1 WHERE ?::BOOLEAN AND (SELECT success FROM checkpoint())",
      "SELECT 1 WHERE ? AND EXISTS (FROM hidden_view)",
    ]) {
      for (const value of [false, true, null, "false", 0]) {
        await expect(live.write(sql, [value]), `${sql} ${value}`).rejects.toMatchObject({ code: "sql_refused" });
      }
    }
  });

  it("shows EXPLAIN with the one plan that would run", async () => {
    const plain = await live.read("EXPLAIN SELECT * FROM members");
    expect(plain.rows.map(([key]) => key)).toEqual(["physical_plan"]);
    const analyzed = await live.read("EXPLAIN ANALYZE SELECT * FROM members");
    expect(analyzed.rows.map(([key]) => key)).toEqual(["analyzed_plan"]);
  });

  it("does not trust an earlier judgement once a view has been replaced", async () => {
    await live.write("CREATE OR REPLACE VIEW turncoat AS SELECT true AS success");
    const sql = "SELECT * FROM turncoat";
    for (let time = 0; time < 3; time += 1) expect((await live.read(sql)).rows).toEqual([[true]]);
    await live.write("CREATE OR REPLACE VIEW turncoat AS SELECT * FROM checkpoint()");
    await expect(live.read(sql)).rejects.toMatchObject({ code: "sql_refused" });
    await live.write("CREATE OR REPLACE VIEW turncoat AS SELECT true AS success");
    expect((await live.read(sql)).rows).toEqual([[true]]);
  });

  it("judges a statement by the view that the same transaction has just replaced", async () => {
    await live.write("CREATE OR REPLACE VIEW turncoat AS SELECT true AS success");
    await live.read("SELECT * FROM turncoat");
    const replaced = live.database.query(
      request({
        statements: [
          { sql: "SELECT * FROM turncoat" },
          { sql: "CREATE OR REPLACE VIEW turncoat AS SELECT * FROM checkpoint()" },
          { sql: "SELECT * FROM turncoat" },
        ],
      }),
    );
    await expect(replaced).rejects.toMatchObject({ code: "sql_refused" });
    expect((await live.read("SELECT * FROM turncoat")).rows).toEqual([[true]]);
  });

  it("says why, and what to do instead", async () => {
    await expect(live.write("BEGIN")).rejects.toMatchObject({
      message: "The statement was not run: transactions are opened and ended by the server.",
      hint: expect.stringContaining("statements"),
    });
    await expect(live.write("FROM hidden_view")).rejects.toThrow("it uses the function checkpoint()");
  });

  it("keeps the server's folders out of its messages", async () => {
    for (const sql of ["SELECT * FROM read_csv('nope.csv')", "COPY members TO 'x'", "SELECT * FROM nope"]) {
      const error: Error = await live.write(sql).catch((caught) => caught);
      expect(error.message).not.toContain(live.folder);
    }
  });
});
