import { expect, test } from "vitest";
import { besideDatabase, restore, serversOfTests } from "../testing/restore-fixture";
import { ADMIN, type RuntimeFixture } from "../testing/runtime-fixture";
import { fillOrders } from "./testing/fill-orders";

const { start } = serversOfTests();

test("requests that wait while the files are exchanged go on with the restored database", async () => {
  const server = await fillOrders(await start());
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders");
  const app = server.nestegg.database.app();
  let stop = false;
  let errors = 0;
  const reader = (async () => {
    while (!stop) {
      await app.run("SELECT count(*) FROM orders").catch(() => {
        errors += 1;
      });
    }
  })();
  const ended = await restore(server, backup.id);
  expect((await app.run("SELECT count(*) FROM orders")).rows).toEqual([["20000"]]);
  stop = true;
  await reader;
  expect(ended.state).toBe("ok");
  expect(errors).toBe(0);
  await server.stop();
}, 120_000);

test("a query that runs for long is interrupted, and a transaction left open is undone", async () => {
  const server = await fillOrders(await start());
  const backup = await server.backUp({ verify: true });
  const app = server.nestegg.database.app();
  const long = app.run("SELECT count(*) FROM range(3000000) a, range(3000000) b").catch((error: unknown) => error);
  let release: () => void = () => undefined;
  const open = app
    .transaction(async (sql) => {
      await sql("DELETE FROM orders WHERE id = 1");
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    })
    .catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const ended = await restore(server, backup.id, { withoutSafetyBackup: true });
  release();
  expect(ended).toMatchObject({ state: "ok" });
  expect(await long).toMatchObject({ code: "sql_interrupted" });
  expect(await open).toMatchObject({ code: "sql_interrupted" });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["20000"]]);
  await server.stop();
}, 120_000);

test("two restores at once: the second is refused and told who runs the first", async () => {
  const server = await fillOrders(await start());
  const backup = await server.backUp({ verify: true });
  // Not the last way back, so that only its use protects it.
  await server.backUp();
  const { operationId } = await server.nestegg.restores.start(ADMIN, { id: backup.id });
  await expect(server.nestegg.restores.start(ADMIN, { id: backup.id })).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("admin@example.com is running a restore"),
  });
  await expect(server.nestegg.backups.remove(ADMIN, { id: backup.id })).rejects.toMatchObject({
    code: "backup_in_use",
  });
  expect((await server.nestegg.operations.wait(operationId)).state).toBe("ok");
  await server.stop();
}, 120_000);

test("a restore waits for the backup that is running, and says so", async () => {
  const server = await fillOrders(await start());
  const backup = await server.backUp({ verify: true });
  const creating = await server.nestegg.backups.create(ADMIN, { note: "in the way" });
  const { operationId } = await server.nestegg.restores.start(ADMIN, { id: backup.id });
  const said = waitingOf(server, operationId);
  const ended = await server.nestegg.operations.wait(operationId);
  const created = await server.nestegg.operations.get(creating.operationId);
  expect(await said).toBe("A backup is running. This starts when it ends.");
  expect(created.state).toBe("ok");
  expect(ended.state).toBe("ok");
  expect((ended.steps[0]?.startedAt ?? "") >= (created.steps.at(-1)?.finishedAt ?? "z")).toBe(true);
  await server.stop();
}, 120_000);

test("a restore cancelled before the exchange changes nothing and leaves nothing", async () => {
  const server = await fillOrders(await start());
  const backup = await server.backUp({ verify: true });
  await server.sql("DELETE FROM orders WHERE id = 1");
  const { operationId } = await server.nestegg.restores.start(ADMIN, { id: backup.id });
  await server.nestegg.operations.cancel(ADMIN, operationId);
  expect(await server.nestegg.operations.wait(operationId)).toMatchObject({ state: "cancelled" });
  expect(await server.sql("SELECT count(*) FROM orders")).toEqual([["19999"]]);
  expect(await besideDatabase(server)).toEqual([]);
  await server.stop();
}, 120_000);

/** What it says while it waits. */
async function waitingOf(server: RuntimeFixture, operationId: string): Promise<string | null> {
  const over = new AbortController();
  for await (const event of server.nestegg.events(over.signal)) {
    if (event.type !== "operation" || event.operation.id !== operationId) continue;
    if (event.operation.state === "waiting" || event.operation.finishedAt) return event.operation.summary;
  }
  return null;
}
