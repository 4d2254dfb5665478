import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LiveFixture, openFixture, request } from "./live-fixture";
import { stillClock } from "./still-clock";

/** Runs for hours unless it is stopped. */
const ENDLESS = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE (a.range + b.range) % 7 = 3";

describe("the live database", () => {
  let live: LiveFixture;
  beforeAll(async () => {
    live = await openFixture({ clock: stillClock() });
  });
  beforeEach(async () => {
    for (const thing of ["TABLE t", "SEQUENCE ids", "SCHEMA shop"]) {
      await live.database.run(`DROP ${thing.replace(" ", " IF EXISTS ")} CASCADE`);
    }
  });
  afterAll(() => live.end());

  it("binds values, and gives every type back without loss", async () => {
    const values: [sql: string, type: string, json: unknown][] = [
      ["9223372036854775807::BIGINT", "BIGINT", "9223372036854775807"],
      ["'-170141183460469231731687303715884105728'::HUGEINT", "HUGEINT", "-170141183460469231731687303715884105728"],
      ["18446744073709551615::UBIGINT", "UBIGINT", "18446744073709551615"],
      ["42::INTEGER", "INTEGER", 42],
      ["12345678901234567.89::DECIMAL(19,2)", "DECIMAL(19,2)", "12345678901234567.89"],
      ["0.1::DOUBLE", "DOUBLE", 0.1],
      ["'NaN'::DOUBLE", "DOUBLE", "NaN"],
      ["'-inf'::DOUBLE", "DOUBLE", "-Infinity"],
      ["true", "BOOLEAN", true],
      ["'2024-02-29'::DATE", "DATE", "2024-02-29"],
      ["'2024-02-29 01:02:03.000004'::TIMESTAMP", "TIMESTAMP", "2024-02-29 01:02:03.000004"],
      ["'2024-02-29 01:02:03.000000004'::TIMESTAMP_NS", "TIMESTAMP_NS", "2024-02-29 01:02:03.000000004"],
      ["'2024-07-01 09:00:00+08'::TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE", "2024-07-01 01:00:00+00"],
      ["'infinity'::TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE", "infinity"],
      ["'23:59:59.999999'::TIME", "TIME", "23:59:59.999999"],
      ["'\\x00\\x5C\\x27\\xFFa~'::BLOB", "BLOB", "\\x00\\x5C\\x27\\xFFa~"],
      ["'101'::BIT", "BIT", "101"],
      ["'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID", "UUID", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
      ["INTERVAL '1 year 2 days 3 microseconds'", "INTERVAL", { months: 12, days: 2, micros: "3" }],
      ["[9007199254740993, NULL]", "BIGINT[]", ["9007199254740993", null]],
      ["[1, 2]::INTEGER[2]", "INTEGER[2]", [1, 2]],
      ["{'a': 1, 'b': ['x']}", 'STRUCT("a" INTEGER, "b" VARCHAR[])', { a: 1, b: ["x"] }],
      ["MAP {'k': 1::BIGINT}", "MAP(VARCHAR, BIGINT)", [{ key: "k", value: "1" }]],
      [
        "[{'at': '2024-07-01 09:00:00+08'::TIMESTAMPTZ}]",
        'STRUCT("at" TIMESTAMP WITH TIME ZONE)[]',
        [{ at: "2024-07-01 01:00:00+00" }],
      ],
      ["'happy'::ENUM('sad', 'happy')", "ENUM('sad', 'happy')", "happy"],
      ["union_value(n := 1::BIGINT)", 'UNION("n" BIGINT)', { tag: "n", value: "1" }],
      ["'{\"a\": 1}'::JSON", "JSON", '{"a": 1}'],
      ["'日本 \u{1F95A}'", "VARCHAR", "日本 \u{1F95A}"],
      ["NULL", "INTEGER", null],
    ];
    for (const [sql, type, json] of values) {
      const result = await live.read(`SELECT ${sql} AS v`);
      expect(result, sql).toEqual({ columns: [{ name: "v", type }], rows: [[json]], rowCount: 1 });
    }
    const blobs = await live.read("SELECT ?::BLOB = v, v FROM (SELECT '\\x00\\x5Cx41'::BLOB AS v)", ["\\x00\\x5Cx41"]);
    expect(blobs.rows).toEqual([[true, "\\x00\\x5Cx41"]]);
  });

  it("binds whole numbers as BIGINT, others as DOUBLE, and lets text become what a column needs", async () => {
    const typed = await live.read("SELECT typeof(?), typeof(?), typeof(?), typeof(?), ?", [
      9007199254740991,
      1.5,
      "x",
      true,
      null,
    ]);
    expect(typed.rows).toEqual([["BIGINT", "DOUBLE", "VARCHAR", "BOOLEAN", null]]);
    await live.write(
      "CREATE TABLE t (id BIGINT PRIMARY KEY, day DATE, amount DECIMAL(10, 2), at TIMESTAMP)".replace("at ", "seen "),
    );
    const inserted = await live.write("INSERT INTO t VALUES ($1, $2, $3, $2), (2, NULL, 0, NULL)", [
      "9007199254740993",
      "2024-12-30",
      "12.34",
    ]);
    expect(inserted).toEqual({ columns: [], rows: [], rowCount: 2 });
    const found = await live.read("SELECT * FROM t WHERE day = ? AND amount > ?", ["2024-12-30", 12.3]);
    expect(found.rows).toEqual([["9007199254740993", "2024-12-30", "12.34", "2024-12-30 00:00:00"]]);
    await expect(live.read("SELECT ?", [])).rejects.toMatchObject({ code: "sql_failed" });
    await expect(live.read("SELECT 1", [1])).rejects.toMatchObject({ code: "sql_failed" });
  });

  it("counts changed rows, and returns the rows of RETURNING", async () => {
    await live.write("CREATE TABLE t (id BIGINT, name VARCHAR)");
    expect((await live.write("INSERT INTO t SELECT range, 'a' FROM range(10)")).rowCount).toBe(10);
    expect((await live.write("UPDATE t SET name = 'b' WHERE id < 4")).rowCount).toBe(4);
    expect((await live.write("DELETE FROM t WHERE id > 100")).rowCount).toBe(0);
    expect(await live.write("DELETE FROM t WHERE id = 0 RETURNING id, name")).toEqual({
      columns: [
        { name: "id", type: "BIGINT" },
        { name: "name", type: "VARCHAR" },
      ],
      rows: [["0", "b"]],
      rowCount: 1,
    });
  });

  it("cuts a result at the row limit and says so", async () => {
    const limited = async (rows: number, rowLimit: number) => {
      const statements = [{ sql: `SELECT * FROM range(${rows})` }];
      const [result] = await live.database.query(request({ statements, access: "read", rowLimit }));
      return result;
    };
    expect(await limited(3, 3)).toEqual({
      columns: [{ name: "range", type: "BIGINT" }],
      rows: [["0"], ["1"], ["2"]],
      rowCount: 3,
    });
    expect(await limited(4, 3)).toMatchObject({ rowCount: 3, truncated: true });
    expect(await limited(50_000_000, 5_000)).toMatchObject({ rowCount: 5_000, truncated: true });
  });

  it("keeps what a writing request did although one of its results was cut", async () => {
    await live.write("CREATE TABLE t (id BIGINT)");
    const results = await live.database.query(
      request({
        statements: [
          { sql: "INSERT INTO t SELECT * FROM range(100000)" },
          { sql: "SELECT * FROM t" },
          { sql: "INSERT INTO t VALUES (-1)" },
          { sql: "SELECT * FROM t ORDER BY id" },
        ],
        rowLimit: 2,
      }),
    );
    expect(results.map(({ rowCount, truncated }) => [rowCount, truncated])).toEqual([
      [100_000, undefined],
      [2, true],
      [1, undefined],
      [2, true],
    ]);
    expect((await live.read("SELECT count(*) FROM t")).rows).toEqual([["100001"]]);
  });

  it("reports an error that comes up only while rows are being read, instead of a short result", async () => {
    await live.write("CREATE TABLE t AS SELECT range::VARCHAR AS v FROM range(20000)");
    await live.write("UPDATE t SET v = 'no number' WHERE v = '15000'");
    const failing = live.database.query(
      request({ statements: [{ sql: "SELECT v::INTEGER FROM t" }], access: "read", rowLimit: 1_000_000 }),
    );
    await expect(failing).rejects.toMatchObject({ code: "sql_failed", message: expect.stringContaining("no number") });
  });

  it("undoes the whole request when one statement fails", async () => {
    await live.write("CREATE TABLE t (id BIGINT PRIMARY KEY)");
    const failing = live.database.query(
      request({ statements: [{ sql: "INSERT INTO t VALUES (1)" }, { sql: "INSERT INTO t VALUES (1)" }] }),
    );
    await expect(failing).rejects.toMatchObject({
      code: "sql_failed",
      message: expect.stringMatching(/duplicate key/i),
    });
    expect((await live.read("SELECT count(*) FROM t")).rows).toEqual([["0"]]);
  });

  it("lets one of two conflicting writers win and tells the other to try again", async () => {
    await live.write("CREATE TABLE t (id BIGINT, n BIGINT)");
    await live.write("INSERT INTO t VALUES (1, 0)");
    await live.database.transaction(async (sql) => {
      await sql("UPDATE t SET n = 1");
      await expect(live.write("UPDATE t SET n = 2")).rejects.toMatchObject({
        code: "sql_failed",
        hint: "Run the whole transaction again.",
      });
    });
    expect((await live.read("SELECT n FROM t")).rows).toEqual([["1"]]);
  });

  it("interrupts a request at its time limit and goes on working", async () => {
    const [first] = await Promise.allSettled([
      live.database.query(request({ statements: [{ sql: ENDLESS }], access: "read", timeoutMs: 200 })),
    ]);
    expect(first).toMatchObject({ status: "rejected", reason: { code: "sql_timeout", retryAfterSeconds: 1 } });
    expect((await live.read("SELECT 1")).rows).toEqual([[1]]);
  });

  it("interrupts a request whose caller has gone", async () => {
    const gone = new AbortController();
    const running = live.database.query(
      request({ statements: [{ sql: ENDLESS }], access: "read", signal: gone.signal }),
    );
    setTimeout(() => gone.abort(), 100);
    await expect(running).rejects.toMatchObject({ code: "sql_interrupted" });
    const late = live.database.query(request({ statements: [{ sql: "SELECT 1" }], signal: AbortSignal.abort() }));
    await expect(late).rejects.toMatchObject({ code: "sql_interrupted" });
  });

  it("commits while as many endless queries run as there are slots, and times out those that wait for one", async () => {
    await live.write("CREATE TABLE t (id BIGINT)");
    const endless = await live.database.transaction(async (sql) => {
      await sql("INSERT INTO t VALUES (1)");
      const readers = Array.from({ length: 6 }, () =>
        live.database.query(request({ statements: [{ sql: ENDLESS }], access: "read", timeoutMs: 900 })),
      );
      return { settled: Promise.allSettled(readers) };
    });
    const outcomes = await endless.settled;
    expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason.code)).toEqual(
      Array(6).fill("sql_timeout"),
    );
    expect((await live.read("SELECT count(*) FROM t")).rows).toEqual([["1"]]);
  });

  it("rolls an app's transaction back with the app's own error", async () => {
    await live.write("CREATE TABLE t (id BIGINT)");
    const mistake = new Error("changed my mind");
    const failing = live.database.transaction(async (sql) => {
      await sql("INSERT INTO t VALUES (1)");
      throw mistake;
    });
    await expect(failing).rejects.toBe(mistake);
    expect((await live.read("SELECT count(*) FROM t")).rows).toEqual([["0"]]);
  });

  it("runs the statements of one transaction in order, also when they are not awaited one by one", async () => {
    await live.write("CREATE TABLE t (id BIGINT)");
    let late: ((text: string) => Promise<unknown>) | undefined;
    const counts = await live.database.transaction(async (sql) => {
      late = sql;
      void sql("INSERT INTO t VALUES (1)");
      void sql("INSERT INTO t VALUES (2)");
      return (await sql("SELECT count(*) FROM t")).rows;
    });
    expect(counts).toEqual([["2"]]);
    await expect(late?.("INSERT INTO t VALUES (3)")).rejects.toMatchObject({ code: "conflict" });
    expect((await live.read("SELECT count(*) FROM t")).rows).toEqual([["2"]]);
  });

  it("gives app code all rows", async () => {
    const { rows } = await live.database.run("SELECT * FROM range(?)", [25_000]);
    expect(rows).toHaveLength(25_000);
  });

  it("counts changes, and knows when the last one was", async () => {
    const { changes } = live.database.pulse();
    await live.write("CREATE TABLE t (id BIGINT)");
    await live.write("CREATE SEQUENCE ids");
    await live.write("INSERT INTO t VALUES (nextval('ids'))");
    await live.write("SELECT nextval('ids')");
    expect(live.database.pulse().changes).toBe(changes + 4);
    const { lastChangeAt } = live.database.pulse();
    expect(lastChangeAt).toBeInstanceOf(Date);
    await live.read("SELECT * FROM t");
    await live.write("UPDATE t SET id = 1 WHERE id = 77");
    await live.write("INSERT INTO t SELECT 1 WHERE false");
    await live.database.run("SELECT * FROM t");
    expect(live.database.pulse()).toMatchObject({ changes: changes + 4, lastChangeAt });
  });

  it("counts the rows of every table, deleted ones not", async () => {
    await live.write("CREATE TABLE t AS SELECT range AS id, 'x' AS name FROM range(1000)");
    await live.write("DELETE FROM t WHERE id % 2 = 0");
    await live.write("CREATE SCHEMA shop");
    await live.write('CREATE TABLE shop."odd ""name""" (a INTEGER)');
    const statistics = await live.database.statistics();
    expect(statistics.tables).toEqual([
      { schema: "main", name: "t", rows: 500, columns: 2 },
      { schema: "shop", name: 'odd "name"', rows: 0, columns: 1 },
    ]);
    expect(statistics.engineVersion).toMatch(/^v1\./);
    expect(statistics.storageVersion).toBe("v1.5.0+");
    expect(statistics.gate).toBe("open");
  });
});
