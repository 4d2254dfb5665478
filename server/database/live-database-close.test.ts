import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../clock";
import { openDescriptors } from "./descriptors";
import { openFixture, request } from "./live-fixture";
import { stillClock } from "./still-clock";
import { runEngine } from "./testing/run-engine";

describe("closing", () => {
  it("lets go of the file although results were cut, statements failed and work was interrupted", async () => {
    const live = await openFixture({ clock: stillClock() });
    const { database } = live;
    await database.run("CREATE TABLE t AS SELECT range AS id, range::VARCHAR AS text FROM range(500000)");
    const cut = database.query(request({ statements: [{ sql: "FROM t" }], access: "read", rowLimit: 1 }));
    await cut;
    await database.query(request({ statements: [{ sql: "SELECT 1 // (id - 400000) FROM t" }], access: "read" }));
    await live.read("SELECT nope FROM t").catch(() => undefined);
    await live.read("SELECT error('x') FROM t").catch(() => undefined);
    await live.write("SELECT ?").catch(() => undefined);
    expect(await otherProcessOpens(live.path)).toBe("refused");
    const endless = "SELECT a.id FROM t a, t b WHERE (a.id + b.id) % 1000003 = 1 ORDER BY a.text LIMIT 1";
    const stopped = [
      database.query(request({ statements: [{ sql: endless }], access: "read" })),
      database.run(endless),
      database.transaction(async (sql) => {
        await sql("INSERT INTO t VALUES (1, 'x')");
        await new Promise(() => {});
      }),
      // The first result is read to its end, because the second statement needs the transaction.
      database.query(request({ statements: [{ sql: "FROM t a, t b" }, { sql: "SELECT 1" }], rowLimit: 10 })),
    ].map((work) => work.catch((error) => error.code));
    await systemClock.sleep(100);
    await database.closeGate({ drainMs: 50, reason: "restore" });
    expect(await Promise.all(stopped)).toEqual(Array(4).fill("sql_interrupted"));
    await database.close();
    expect(await openDescriptors(live.path, { clock: systemClock, patienceMs: 0 })).toEqual([]);
    expect(await otherProcessOpens(live.path)).toBe("500000");
    await database.close();
    await live.reopen();
    expect((await live.read("SELECT count(*) FROM t")).rows).toEqual([["500000"]]);
    await live.end();
  });

  it("keeps an existing file's storage version, and refuses work afterwards", async () => {
    const folder = await mkdtemp(join(tmpdir(), "nestegg-old-"));
    const path = join(folder, "hesocial.duckdb");
    await runEngine(`
      const instance = await DuckDBInstance.create(${JSON.stringify(path)});
      const connection = await instance.connect();
      await connection.run("CREATE TABLE t AS SELECT 1 AS id");
      connection.closeSync(); instance.closeSync();`);
    const live = await openFixture({ path });
    expect((await live.database.statistics()).storageVersion).toBe("v1.0.0+");
    const snapshot = await live.database.takeSnapshot({ waitMs: 1_000 });
    await live.end();
    await expect(live.read("SELECT 1")).rejects.toMatchObject({ code: "stopping" });
    await snapshot.release();
    await expect(live.database.takeSnapshot({ waitMs: 0 })).rejects.toMatchObject({ code: "stopping" });
    await rm(folder, { recursive: true });
  });
});

async function otherProcessOpens(path: string): Promise<string> {
  return runEngine(`
    try {
      const instance = await DuckDBInstance.create(${JSON.stringify(path)});
      const connection = await instance.connect();
      console.log((await (await connection.run("SELECT count(*) FROM t")).getRowsJson())[0][0]);
      connection.closeSync(); instance.closeSync();
    } catch { console.log("refused") }`);
}
