import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CommitLock } from "./commit-lock";
import { copyOf, type LiveFixture, openFixture } from "./live-fixture";
import { stillClock } from "./still-clock";

/** The last vector of such a batch is not full: the engine keeps its deletes in another form than those of a full one. */
const BATCH_ROWS = 3_000;
const BATCHES_KEPT = 3;
/** Without the lock one round in six was torn (measured, at least 10 of 60). */
const ROUNDS = 40;

let live: LiveFixture;
let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "nestegg-commit-"));
  live = await openFixture({ clock: stillClock() });
});
afterEach(async () => {
  await live.end();
  await rm(scratch, { recursive: true, force: true });
});

it("a delete that is committed while a snapshot is taken is in it as a whole or not at all", async () => {
  const { database } = live;
  await database.run("CREATE TABLE rows (batch INTEGER, id BIGINT)");
  const found: unknown[] = [];
  for (let batch = 1; batch <= ROUNDS; batch += 1) {
    await database.run("INSERT INTO rows SELECT ?, range FROM range(?)", [batch, BATCH_ROWS]);
    const { deleted, commit } = await holdDelete(batch - BATCHES_KEPT);
    const taking = database.takeSnapshot({ waitMs: 10_000 });
    commit();
    const snapshot = await taking;
    found.push(...(await tornIn(await copyOf(live.path, join(scratch, `${batch}.duckdb`)))));
    await snapshot.release();
    await deleted;
  }
  expect(found).toEqual([]);
  const kept = await live.read("SELECT count(*)::INTEGER FROM rows");
  expect(kept.rows).toEqual([[BATCHES_KEPT * BATCH_ROWS]]);
}, 120_000);

it("a commit waits for the checkpoint that runs, and a checkpoint for the commits that run", async () => {
  const lock = new CommitLock();
  const order: string[] = [];
  const first = deferred();
  const second = deferred();
  const commits = [first, second].map(({ done }, index) =>
    lock.end(async () => {
      await done;
      order.push(`commit ${index + 1}`);
    }),
  );
  const checkpointing = deferred();
  const begun = deferred();
  const checkpoint = lock.checkpoint(async () => {
    order.push("checkpoint begins");
    begun.settle();
    await checkpointing.done;
    order.push("checkpoint ends");
  });
  const late = lock.end(async () => {
    order.push("late commit");
  });
  second.settle();
  await commits[1];
  first.settle();
  await commits[0];
  await begun.done;
  checkpointing.settle();
  await Promise.all([checkpoint, late]);
  expect(order).toEqual(["commit 2", "commit 1", "checkpoint begins", "checkpoint ends", "late commit"]);
});

it("commits and checkpoints that fail let the others go on", async () => {
  const lock = new CommitLock();
  const failing = async () => {
    throw new Error("no");
  };
  await expect(lock.end(failing)).rejects.toThrow("no");
  await expect(lock.checkpoint(failing)).rejects.toThrow("no");
  expect(await lock.end(async () => "committed")).toBe("committed");
  expect(await lock.checkpoint(async () => "checkpointed")).toBe("checkpointed");
});

/** A transaction that has deleted a batch and commits when it is told to. */
async function holdDelete(batch: number) {
  const begun = deferred();
  const told = deferred();
  const deleted = live.database.transaction(async (sql) => {
    await sql("DELETE FROM rows WHERE batch = ?", [batch]);
    begun.settle();
    await told.done;
  });
  await begun.done;
  return { deleted, commit: told.settle };
}

function deferred() {
  let settle = () => {};
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { done, settle };
}

async function tornIn(path: string) {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  try {
    const counted = "SELECT batch, count(*)::INTEGER FROM rows GROUP BY batch HAVING count(*) != ?";
    return (await connection.runAndReadAll(counted, [BATCH_ROWS])).getRows();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
