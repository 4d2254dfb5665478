import { expect, test } from "vitest";
import { createAudit } from "./audit";
import type { ControlDatabase } from "./control-database";
import { createMemory } from "./memory";
import { createOperationEvents } from "./operation-events";
import { createOperations } from "./operations";
import { createPatientWrites } from "./patient-writes";
import { createPeople } from "./people";
import { ada, CHEAP_COST, listeningLog, openTestDatabase } from "./testing/test-control";
import type { NewOperation } from "./types";
import { createUploadJournal } from "./upload-journal";

const input: NewOperation = { kind: "backup", title: "Backup, manual", caller: ada, steps: ["Upload"] };

/** The engine's own "disk is full", by a limit on pages. */
async function fillDisk({ client }: ControlDatabase): Promise<void> {
  await client.execute("CREATE TABLE filler (x)");
  const { rows } = await client.execute("PRAGMA page_count");
  await client.execute(`PRAGMA max_page_count = ${Number(rows[0]?.page_count) + 2}`);
  for (let size = 100_000; size >= 1; size = Math.floor(size / 2)) {
    for (let full = false; !full; ) {
      full = await client.execute(`INSERT INTO filler VALUES (zeroblob(${size}))`).then(
        () => false,
        (error) => error.code === "SQLITE_FULL",
      );
    }
  }
}

async function freeDisk({ client }: ControlDatabase): Promise<void> {
  await client.execute("PRAGMA max_page_count = 100000");
}

/** A file system that has gone read-only: even deletes fail. */
async function readOnly({ client }: ControlDatabase, on: boolean): Promise<void> {
  await client.execute(`PRAGMA query_only = ${on ? "ON" : "OFF"}`);
}

async function room() {
  const { database, clock } = await openTestDatabase();
  const { log, logged } = listeningLog();
  const events = createOperationEvents();
  const faults: (string | null)[] = [];
  const writes = createPatientWrites({
    database,
    clock,
    log,
    faultChanged: () => faults.push(writes.fault() ? "fault" : "mended"),
  });
  const audit = createAudit({ database, writes, clock });
  const deps = { database, clock, log, events, writes, audit };
  return { ...deps, logged, faults, operations: await createOperations(deps) };
}

const longLines = Array.from({ length: 20 }, (_, n) => `${n} ${"x".repeat(2_000)}`);

test("a backup goes on while the control database's disk is full, and is recorded whole once there is room", async () => {
  const { database, clock, operations, writes, logged, faults } = await room();
  const earlier = await operations.open(input);
  await operations.run(earlier.id, async () => ({ summary: "Stored." }));
  await fillDisk(database);

  const { id } = await operations.open({ ...input, title: "Backup, shutdown" });
  const final = await operations.run(id, async (operation) => {
    await operation.step("Upload");
    for (const line of longLines) await operation.log("info", line);
    await operation.stepDone();
    return { summary: "Stored." };
  });
  expect(final).toMatchObject({ state: "ok", summary: "Stored." });
  expect(writes.fault()).toMatchObject({ since: "2024-12-30T15:30:00.000Z", message: expect.stringContaining("full") });
  expect(await operations.get(id)).toEqual(final);
  expect(await operations.wait(id)).toEqual(final);
  expect((await operations.list({ limit: 10 })).operations.map((view) => view.id)).toEqual([id, earlier.id]);
  expect((await operations.list({ limit: 1 })).operations).toEqual([final]);
  expect((await operations.log(id)).map(({ text }) => text)).toEqual(longLines);
  expect(operations.active()).toEqual([]);
  expect(logged.filter((line) => line.includes("cannot be written"))).toHaveLength(1);

  await clock.advance(5_000);
  expect(writes.fault()).not.toBeNull();
  await freeDisk(database);
  await clock.advance(5_000);
  expect(writes.fault()).toBeNull();
  expect(faults).toEqual(["fault", "mended"]);
  const { rows } = await database.client.execute("SELECT state, summary FROM operations ORDER BY id DESC LIMIT 1");
  expect(rows[0]).toMatchObject({ state: "ok", summary: "Stored." });
  expect(await operations.get(id)).toEqual(final);
  expect((await operations.log(id)).map(({ sequence }) => sequence)).toEqual(longLines.map((_, n) => n + 1));
});

test("what still waits is written by the last try of a stop", async () => {
  const { database, operations, writes } = await room();
  await fillDisk(database);
  const { id } = await operations.open(input);
  await operations.run(id, async (operation) => {
    for (const line of longLines) await operation.log("info", line);
    return { summary: "Stored." };
  });
  await freeDisk(database);
  await writes.close();
  const { rows } = await database.client.execute("SELECT count(*) AS lines FROM operation_log");
  expect(rows[0]?.lines).toBe(longLines.length);
});

test("a stop that cannot write what waits says how much is lost", async () => {
  const { database, operations, writes, logged } = await room();
  await fillDisk(database);
  const { id } = await operations.open(input);
  await operations.run(id, async (operation) => {
    for (const line of longLines) await operation.log("info", line);
    return { summary: "Stored." };
  });
  await writes.close();
  expect(logged.at(-1)).toMatch(/"records":1.*lost with this stop/);
  await freeDisk(database);
});

test("uploads are remembered and forgotten while nothing can be written", async () => {
  const { database, clock, writes } = await room();
  const uploads = createUploadJournal({ database, writes, clock });
  await uploads.add({ key: "backups/a", uploadId: "before", operationId: "op_1" });
  await readOnly(database, true);
  await uploads.add({ key: "backups/b", uploadId: "during", operationId: "op_2" });
  await uploads.add({ key: "backups/c", uploadId: "short", operationId: "op_2" });
  await uploads.remove("before");
  await uploads.remove("short");
  expect((await uploads.list()).map(({ uploadId }) => uploadId)).toEqual(["during"]);
  await readOnly(database, false);
  await clock.advance(5_000);
  const { rows } = await database.client.execute("SELECT upload_id FROM uploads");
  expect(rows.map((row) => row.upload_id)).toEqual(["during"]);
});

test("an admin gets in, throttle and all, while nothing can be written", async () => {
  const { database, clock, writes, audit } = await room();
  const people = createPeople({ database, writes, clock, audit, passwordCost: CHEAP_COST });
  await people.ensureFirstAdmin({ email: "ada@example.com", password: "correct horse" });
  await readOnly(database, true);
  const signIn = (password: string) => people.signIn({ email: "ada@example.com", password, address: "10.0.0.7" });
  expect(await signIn("correct horse")).toMatchObject({ email: "ada@example.com" });
  for (let n = 0; n < 4; n++) expect(await signIn("wrong password")).toBeNull();
  clock.set("2024-12-31T15:30:00.001Z");
  for (let n = 0; n < 5; n++) expect(await signIn("wrong password")).toBeNull();
  await expect(signIn("correct horse")).rejects.toMatchObject({ code: "too_many_requests" });
  await readOnly(database, false);
  await clock.advance(5_000);
  const { rows } = await database.client.execute("SELECT count(*) AS n FROM audit");
  expect(rows[0]?.n).toBe(12);
});

test("a newer write of the same record that fails is not lost behind the older one that went well", async () => {
  const { database, clock, writes } = await room();
  const { memory } = await import("./schema");
  const write = (value: string) => ({
    statements: [
      database.db
        .insert(memory)
        .values({ name: "n", value })
        .onConflictDoUpdate({ target: memory.name, set: { value } }),
    ],
  });
  let newer: Promise<boolean> | undefined;
  const older = writes.save("n", () => ({
    ...write("older"),
    saved() {
      newer = writes.save("n", () => write("newer"));
      void readOnly(database, true);
    },
  }));
  expect([await older, await newer]).toEqual([true, false]);
  expect(writes.fault()).toMatchObject({ waiting: 1 });
  await readOnly(database, false);
  await clock.advance(5_000);
  expect(await createMemory(database).get("n")).toBe("newer");
});

test("a fact that must last is refused with the reason when it cannot be written", async () => {
  const { database } = await room();
  const memory = createMemory(database);
  await fillDisk(database);
  await expect(memory.set("server id", "x".repeat(20_000))).rejects.toMatchObject({
    code: "disk_full",
    hint: expect.stringContaining("Free some space"),
  });
  await freeDisk(database);
  await memory.set("server id", "s1");
  expect(await memory.get("server id")).toBe("s1");
});

test("a record that can never be written is dropped and logged, the next ones are written", async () => {
  const { database, writes, logged } = await room();
  const { audit } = await import("./schema");
  const broken = { at: "", actor: "", actorId: "", actorKind: "user" as const, action: "x", detail: {} };
  const impossible = () => ({
    statements: [database.db.insert(audit).values({ ...broken, id: Number.NaN })],
  });
  expect(await writes.save("a", impossible)).toBe(false);
  expect(writes.fault()).toBeNull();
  expect(logged.at(-1)).toContain("is dropped");
  expect(await writes.save("a", () => ({ statements: [database.db.insert(audit).values(broken)] }))).toBe(true);
});
