import { statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { headerOf, type LiveFixture, openFixture, request } from "./live-fixture";
import { stillClock } from "./still-clock";

/** Refused by the guard itself, for readers, writers and app code alike. */
const REFUSED = [
  // Checkpoints, plain and hidden.
  "CHECKPOINT",
  "checkpoint hesocial",
  "FORCE CHECKPOINT",
  "CALL checkpoint()",
  "CALL force_checkpoint()",
  "/* hello */ CHECKPOINT",
  "-- hello\nCHECKPOINT",
  "/* /* nested */ */ CHECKPOINT",
  ";; CHECKPOINT",
  "SELECT * FROM checkpoint()",
  "FROM checkpoint()",
  "FROM force_checkpoint()",
  "FROM system.main.checkpoint()",
  'SELECT * FROM "checkpoint"()',
  "SELECT * FROM hidden_view",
  "SELECT * FROM view_of_view",
  "SELECT * FROM hidden_table_macro()",
  "SELECT hidden_macro()",
  "VALUES (hidden_macro())",
  "TABLE hidden_view",
  "SELECT (SELECT success FROM checkpoint())",
  "SELECT 1 WHERE EXISTS (FROM checkpoint())",
  "SELECT 1 IN (SELECT 1 FROM checkpoint())",
  "SELECT CASE WHEN false THEN hidden_macro() END",
  "SELECT * FROM members ORDER BY hidden_macro()",
  "SELECT * FROM members LIMIT (SELECT 1 FROM hidden_view)",
  "SELECT * FROM members, LATERAL (FROM checkpoint())",
  "SELECT * FROM members LEFT JOIN checkpoint() ON true",
  "SELECT name FROM members UNION ALL (SELECT 'x' FROM checkpoint())",
  "WITH x AS MATERIALIZED (FROM checkpoint()) SELECT * FROM x",
  "WITH RECURSIVE x AS (SELECT 1 AS n FROM checkpoint() UNION ALL SELECT n + 1 FROM x WHERE n < 3) FROM x",
  "SELECT max(success) OVER () FROM hidden_view",
  "SELECT 1 WHERE false AND hidden_macro()",
  "FROM hidden_view LIMIT 0",
  "SUMMARIZE hidden_view",
  "SUMMARIZE FROM checkpoint()",
  "UNPIVOT hidden_view ON success",
  "PIVOT hidden_view ON success IN (true)",
  "PIVOT (FROM checkpoint()) ON success",
  "SELECT * FROM (PIVOT (FROM checkpoint()) ON success)",
  "EXPLAIN PIVOT (FROM checkpoint()) ON success",
  "EXPLAIN ANALYZE PIVOT (FROM checkpoint()) ON success",
  "INSERT INTO members SELECT 7, 'x', NULL FROM checkpoint()",
  "INSERT INTO members BY NAME (SELECT 7 AS id FROM hidden_table_macro())",
  "UPDATE members SET name = (SELECT 'x' FROM hidden_view)",
  "DELETE FROM members WHERE hidden_macro()",
  "MERGE INTO members USING hidden_view ON true WHEN MATCHED THEN DELETE",
  "CREATE TABLE stolen AS SELECT * FROM checkpoint()",
  "CREATE OR REPLACE TABLE members AS FROM hidden_view",
  "CREATE TYPE mood AS ENUM (SELECT 'x' FROM checkpoint())",
  // EXPLAIN runs or hides its inner statement.
  "EXPLAIN ANALYZE CHECKPOINT",
  "EXPLAIN CHECKPOINT",
  "EXPLAIN (ANALYZE) CHECKPOINT",
  "EXPLAIN (ANALYZE, FORMAT JSON) CHECKPOINT",
  "EXPLAIN ANALYZE FORCE CHECKPOINT",
  "EXPLAIN ANALYZE FROM checkpoint()",
  "EXPLAIN ANALYZE SELECT * FROM hidden_view",
  "EXPLAIN ANALYZE SET checkpoint_threshold = '1KB'",
  "EXPLAIN ANALYZE COMMIT",
  "EXPLAIN /* x */ ANALYZE FROM checkpoint()",
  "/* x */ EXPLAIN ANALYZE FROM checkpoint()",
  "EXPLAIN ANALYZE /* x */ CHECKPOINT",
  "EXPLAIN ANALYZE CALL enable_logging()",
  // What the engine would cut off or change, so that something else runs than was written.
  "DELETE FROM members \0 WHERE id = 1",
  "SELECT 1\0; CHECKPOINT",
  "SELECT '\ud800'",
  // Functions that can end the whole process on some values.
  "SELECT json_structure('[]')",
  "SELECT \"json_contains\"('[]', '1')",
  "SELECT json_merge_patch('{}', '{}')",
  "SELECT damerau_levenshtein(name, 'x') FROM members",
  "CREATE MACRO hidden(a) AS damerau_levenshtein(a, a)",
  // Functions that change the engine or look outside.
  "SELECT * FROM enable_logging()",
  "SELECT * FROM enable_logging(storage = 'memory', level = 'trace')",
  "SELECT * FROM disable_logging()",
  "SELECT * FROM truncate_duckdb_logs()",
  "SELECT * FROM enable_profiling()",
  "SELECT * FROM disable_profiling()",
  "SELECT * FROM duckdb_logs()",
  "SELECT * FROM duckdb_logs",
  "SELECT * FROM duckdb_secrets()",
  "SELECT * FROM which_secret('s3://x', 's3')",
  "SELECT * FROM duckdb_temporary_files()",
  "SELECT * FROM duckdb_external_file_cache()",
  "SELECT * FROM sniff_csv('/etc/passwd')",
  "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('FROM checkpoint()'))",
  // SQL that is made while it is bound: current_query() tells EXPLAIN from the run.
  "SELECT * FROM query('FROM checkpoint()')",
  "FROM query(CASE WHEN current_query() ILIKE 'explain%' THEN 'SELECT true AS success' ELSE 'FROM checkpoint()' END)",
  "SELECT * FROM query_table('hidden_view')",
  "SELECT * FROM \"query\"('FROM checkpoint()')",
  "SELECT * FROM query/* x */('FROM checkpoint()')",
  "SELECT * FROM query -- x\n('FROM checkpoint()')",
  "SELECT * FROM query\u00a0('FROM checkpoint()')",
  "SELECT * FROM system.main.query('FROM checkpoint()')",
  "CREATE MACRO later(x) AS TABLE FROM query(x)",
  "CREATE VIEW later AS FROM query('FROM checkpoint()')",
  // Files, other databases, extensions, network.
  "ATTACH '/tmp/other.duckdb'",
  "ATTACH ':memory:' AS other",
  "DETACH hesocial",
  "USE memory",
  "COPY members TO '/tmp/stolen.csv'",
  "COPY members FROM '/etc/passwd'",
  "COPY (SELECT 1) TO '/tmp/stolen.parquet'",
  "COPY FROM DATABASE hesocial TO other",
  "EXPORT DATABASE '/tmp/stolen'",
  "IMPORT DATABASE '/tmp/stolen'",
  "INSTALL httpfs",
  "LOAD httpfs",
  "LOAD json",
  "UPDATE EXTENSIONS",
  "SELECT * FROM read_text('/etc/passwd')",
  "SELECT * FROM read_blob('/etc/passwd')",
  "SELECT * FROM read_csv('/etc/passwd')",
  "SELECT * FROM read_json('/etc/passwd')",
  "SELECT * FROM read_parquet('/etc/passwd')",
  "SELECT * FROM glob('/*')",
  "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
  "CREATE PERSISTENT SECRET s (TYPE s3)",
  "CREATE OR REPLACE TEMPORARY SECRET s (TYPE s3)",
  "DROP SECRET s",
  // Settings.
  "SET checkpoint_threshold = '1KB'",
  "SET GLOBAL threads = 1",
  "SET SESSION TimeZone = 'Asia/Taipei'",
  "SET lock_configuration = false",
  "SET VARIABLE x = 1",
  "SET enable_external_access = true",
  "RESET checkpoint_threshold",
  "PRAGMA checkpoint_threshold = '1KB'",
  "PRAGMA enable_profiling",
  "PRAGMA enable_checkpoint_on_shutdown",
  "PRAGMA force_checkpoint",
  "PRAGMA table_info('members')",
  "PRAGMA json_execute_serialized_sql(json_serialize_sql('FROM checkpoint()'))",
  "VACUUM",
  "ANALYZE",
  "VACUUM ANALYZE members",
  "CALL pragma_version()",
  "CALL enable_logging()",
  // Transactions and what outlives a request.
  "BEGIN",
  "BEGIN TRANSACTION READ ONLY",
  "START TRANSACTION",
  "COMMIT",
  "END",
  "ROLLBACK",
  "ABORT",
  "PREPARE p AS SELECT 1",
  "EXECUTE p",
  "DEALLOCATE p",
  "CREATE TEMP TABLE scratch (a INTEGER)",
  "CREATE OR REPLACE TEMPORARY VIEW scratch AS SELECT 1",
  "CREATE TEMP MACRO scratch() AS 1",
  // Several at once, or none.
  "SELECT 1; CHECKPOINT",
  "SELECT 1; SELECT 2",
  "INSERT INTO members VALUES (8, 'x'); COMMIT; FROM checkpoint()",
  "PIVOT members ON name",
  "",
  "   ",
  "-- nothing",
  "/* nothing */",
  ";",
  // What cannot be altered or dropped.
  "ALTER DATABASE hesocial SET ALIAS TO x",
  "DROP DATABASE hesocial",
];

/** The engine refuses these on its own; all that counts is that they do. */
const FAILING = [
  "SELECT getenv('HOME')",
  "SELECT * FROM '/etc/passwd'",
  "SELECT * FROM '/tmp/x.csv'",
  "CREATE TABLE defaulted (a INTEGER, b BOOLEAN DEFAULT hidden_macro())",
  "ALTER TABLE members ADD COLUMN b BOOLEAN DEFAULT hidden_macro()",
  "ALTER TABLE members ADD COLUMN b BOOLEAN DEFAULT (SELECT success FROM checkpoint())",
  'ALTER TABLE main."members" ADD b BOOLEAN DEFAULT hidden_macro();',
  "ALTER TABLE members ADD COLUMN IF NOT EXISTS b BOOLEAN DEFAULT 1 + hidden_macro()::INTEGER -- x",
  "/* x */ ALTER TABLE members ADD COLUMN b BOOLEAN DEFAULT hidden_macro()",
  "CREATE TABLE generated (a INTEGER, b BOOLEAN GENERATED ALWAYS AS (hidden_macro()))",
  "CREATE TABLE checked (a INTEGER CHECK (hidden_macro()))",
  "CREATE INDEX odd ON members ((hidden_macro()))",
  "ALTER TABLE members ALTER name TYPE INTEGER USING (hidden_macro()::INTEGER)",
  "INSERT INTO members VALUES (9, 'x') RETURNING hidden_macro()",
  "SELECT list_transform([1], x -> hidden_macro())",
  "EXPLAIN EXPLAIN ANALYZE CHECKPOINT",
  "DROP SCHEMA main CASCADE",
  "CREATE VIEW odd AS PIVOT (FROM checkpoint()) ON success",
  "WITH x AS (INSERT INTO members VALUES (10, 'x') RETURNING *) FROM x",
];

const FRIENDLY_READS = [
  "SELECT 1",
  "select 1;",
  "  SELECT * FROM members  ",
  "(SELECT 1)",
  "VALUES (1, 'a'), (2, 'b')",
  "FROM members",
  "TABLE members",
  "-- a comment\nSELECT 1 /* another */",
  "WITH x AS (SELECT 1 AS a) SELECT * FROM x",
  "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n",
  "SELECT m.name, count(*) FROM members m LEFT JOIN events e ON e.host = m.id GROUP BY ALL ORDER BY ALL",
  "SELECT * FROM members WHERE id = 1",
  "SELECT * FROM range(5), generate_series(1, 2), unnest([1, 2]), repeat('x', 2)",
  "SELECT * FROM members, range(members.id)",
  "SELECT j.key FROM members, json_each(members.extra) j",
  "SELECT unnest([1, 2])",
  "SELECT row_number() OVER (ORDER BY id) FROM members",
  "SELECT list_transform([1, 2], x -> x + 1), now(), uuid(), random()",
  "SELECT * FROM members USING SAMPLE 1",
  "SELECT * FROM plain_view",
  "SELECT plus_one(1)",
  "SELECT * FROM of_members()",
  "SELECT query FROM (SELECT 'a' AS query)",
  "SELECT current_query()",
  "DESCRIBE members",
  "DESCRIBE SELECT 1",
  "SUMMARIZE members",
  "SHOW TABLES",
  "SHOW ALL TABLES",
  "SHOW members",
  "SHOW DATABASES",
  "SELECT * FROM duckdb_tables()",
  "SELECT * FROM information_schema.tables",
  "SELECT * FROM information_schema.columns",
  "SELECT * FROM information_schema.schemata",
  "SELECT * FROM pg_catalog.pg_class",
  "SELECT * FROM sqlite_master",
  "SELECT * FROM pragma_table_info('members')",
  "SELECT * FROM pragma_database_size()",
  "SELECT * FROM pragma_storage_info('members')",
  "PIVOT members ON name IN ('Ann', 'Bo') USING count(*)",
  "UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b",
  "EXPLAIN SELECT * FROM members",
  "EXPLAIN ANALYZE SELECT * FROM members",
  "EXPLAIN (FORMAT JSON) SELECT 1",
  "EXPLAIN (ANALYZE, FORMAT JSON) SELECT 1",
  "explain analyze\n-- why\nselect 1",
];

const FRIENDLY_WRITES = [
  "CREATE SCHEMA IF NOT EXISTS shop",
  "CREATE TABLE shop.orders (id BIGINT PRIMARY KEY, placed TIMESTAMP DEFAULT now())",
  "CREATE TABLE IF NOT EXISTS copied AS SELECT * FROM members",
  "CREATE OR REPLACE VIEW recent AS SELECT * FROM members",
  "CREATE UNIQUE INDEX copied_id ON copied (id)",
  "CREATE INDEX copied_name ON copied (lower(name))",
  "CREATE TABLE bookings (id BIGINT PRIMARY KEY, event BIGINT REFERENCES keyed (id))",
  "CREATE SEQUENCE ids START 1000",
  "CREATE TYPE mood AS ENUM ('sad', 'happy')",
  "CREATE TYPE from_rows AS ENUM (SELECT DISTINCT name FROM members)",
  "CREATE MACRO twice(a) AS a * 2",
  "CREATE FUNCTION thrice(a) AS a * 3",
  "CREATE MACRO members_of(a) AS TABLE SELECT * FROM members WHERE id = a",
  "INSERT INTO members VALUES (50, 'Cy', '{}')",
  "INSERT INTO members VALUES (51, 'a query (of mine)', NULL)",
  "INSERT INTO members (id, name) SELECT range, 'x' FROM range(100, 200)",
  "INSERT OR REPLACE INTO members (id, name) VALUES (50, 'Dee')",
  "INSERT INTO members (id, name) VALUES (50, 'Ed') ON CONFLICT DO UPDATE SET name = excluded.name",
  "INSERT INTO members (id, name) VALUES (nextval('ids'), 'Flo') RETURNING id",
  "UPDATE members SET name = 'Gus' WHERE id = 50",
  "UPDATE members SET name = e.title FROM events e WHERE e.host = members.id",
  "DELETE FROM members WHERE id BETWEEN 100 AND 150",
  "DELETE FROM members USING events WHERE members.id = events.id + 1000",
  "MERGE INTO members USING (SELECT 50 AS id) s USING (id) WHEN MATCHED THEN UPDATE SET name = 'Hal'",
  "TRUNCATE copied",
  "DROP INDEX copied_id",
  "DROP INDEX IF EXISTS copied_name",
  "ALTER TABLE copied ADD COLUMN plain INTEGER",
  "ALTER TABLE copied ADD COLUMN fixed INTEGER DEFAULT 7",
  "ALTER TABLE copied ADD COLUMN created TIMESTAMP DEFAULT now()",
  "ALTER TABLE main.copied ADD COLUMN IF NOT EXISTS token UUID DEFAULT uuid();",
  "ALTER TABLE copied ADD COLUMN number BIGINT DEFAULT nextval('ids')",
  "ALTER TABLE copied ALTER plain TYPE VARCHAR USING plain::VARCHAR",
  "ALTER TABLE copied ALTER plain SET DEFAULT 'x'",
  "ALTER TABLE copied RENAME plain TO renamed",
  "ALTER TABLE copied DROP COLUMN fixed",
  "COMMENT ON TABLE copied IS 'query (1) -- or not'",
  "COMMENT ON COLUMN members.name IS 'how they are called'",
  "ALTER TABLE copied RENAME TO copied_again",
  "ALTER VIEW recent RENAME TO latest",
  "DROP TABLE copied_again",
  "DROP VIEW IF EXISTS latest",
  "DROP MACRO twice",
  "DROP MACRO TABLE members_of",
  "DROP FUNCTION thrice",
  "DROP TYPE from_rows",
  "DROP TABLE shop.orders",
  "DROP SCHEMA shop CASCADE",
  "EXPLAIN INSERT INTO members VALUES (60, 'Ida', NULL)",
  "EXPLAIN ANALYZE INSERT INTO members VALUES (60, 'Ida', NULL)",
];

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
