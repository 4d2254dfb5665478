import { expect, test } from "vitest";
import { AppError } from "../errors";
import { backup, inside } from "./testing/run-inside";
import { ada, openTestControl } from "./testing/test-control";
import type { RunningOperation } from "./types";

test("an operation is queued, runs through its steps and ends with the sentence of its work", async () => {
  const { control, clock, reopen } = await openTestControl();
  const opened = await control.operations.open({ ...backup, detail: { joined: 0 } });
  expect(opened).toMatchObject({ state: "queued", revision: 1, actor: { kind: "user", id: "usr_ada", name: "Ada" } });
  expect(opened.steps.map(({ state }) => state)).toEqual(["pending", "pending", "pending"]);

  const final = await control.operations.run(opened.id, async (operation) => {
    await operation.step("Checkpoint");
    await clock.advance(40);
    await operation.stepDone("ok", "took 40 ms");
    await operation.setBackupId("hesocial-manual-20241230-153000.duckdb");
    await operation.step("Upload");
    operation.progress(500, 1000);
    operation.progress(1000, 1000);
    await operation.log("info", "1 part sent");
    await operation.detail({ sentBytes: 1000 });
    return { summary: "Stored, 1 KB.", detail: { parts: 1 } };
  });

  expect(final).toMatchObject({
    state: "ok",
    summary: "Stored, 1 KB.",
    backupId: "hesocial-manual-20241230-153000.duckdb",
    error: null,
    startedAt: "2024-12-30T15:30:00.000Z",
    finishedAt: "2024-12-30T15:30:00.040Z",
    detail: { joined: 0, sentBytes: 1000, parts: 1 },
    steps: [
      { name: "Checkpoint", state: "ok", note: "took 40 ms", finishedAt: "2024-12-30T15:30:00.040Z" },
      { name: "Upload", state: "ok", doneBytes: 1000, totalBytes: 1000 },
      { name: "Verify", state: "skipped", startedAt: null },
    ],
  });
  expect(final.revision).toBeGreaterThan(opened.revision);
  const later = await reopen();
  expect(await later.operations.get(opened.id)).toEqual(final);
  expect(await later.operations.wait(opened.id)).toEqual(final);
  expect(await later.operations.log(opened.id)).toEqual([
    { sequence: 1, at: "2024-12-30T15:30:00.040Z", level: "info", step: "Upload", text: "1 part sent" },
  ]);
});

test("a second try that worked is ok-retried", async () => {
  const { control } = await openTestControl();
  const { id } = await control.operations.open(backup);
  const final = await control.operations.run(id, async () => ({ summary: "Stored.", state: "ok-retried" }));
  expect(final.state).toBe("ok-retried");
});

test("an error of ours is kept word for word; its step failed, the rest is skipped", async () => {
  const { control, logged } = await openTestControl();
  const { id } = await control.operations.open(backup);
  const final = await control.operations.run(id, async (operation) => {
    await operation.step("Checkpoint");
    await operation.stepDone();
    await operation.step("Upload");
    throw new AppError("storage_forbidden", "R2 refused the upload; nothing is stored.", {
      hint: "Give the token Object Write.",
      cause: new Error("AccessDenied 42"),
    });
  });
  expect(final).toMatchObject({
    state: "failed",
    summary: "R2 refused the upload; nothing is stored.",
    error: {
      code: "storage_forbidden",
      message: "R2 refused the upload; nothing is stored.",
      hint: "Give the token Object Write.",
    },
  });
  expect(final.steps.map(({ state }) => state)).toEqual(["ok", "failed", "skipped"]);
  expect(logged.filter((line) => line.includes("AccessDenied 42"))).toHaveLength(1);
  expect(await control.operations.log(id)).toMatchObject([{ level: "error", step: "Upload" }]);
});

test("an unknown error shows an id that the log has, and nothing of its own text", async () => {
  const { control, logged } = await openTestControl();
  const { id } = await control.operations.open(backup);
  const final = await control.operations.run(id, async () => {
    throw new TypeError("cannot read secret of undefined");
  });
  expect(final.error).toMatchObject({
    code: "internal",
    message: expect.stringMatching(/^Internal error \([0-9a-f]{8}\)\.$/),
  });
  const errorId = /\((.*)\)/.exec(final.error?.message ?? "")?.[1] ?? "none";
  expect(logged.some((line) => line.includes(errorId) && line.includes("cannot read secret"))).toBe(true);
  expect(JSON.stringify([final, await control.operations.log(id)])).not.toContain("cannot read");
});

test("waiting says what for, and running takes it up again", async () => {
  const { control } = await openTestControl();
  const { id } = await control.operations.open(backup);
  await control.operations.run(id, async (operation) => {
    await operation.waiting("Waiting for a transaction open since 06:40.");
    const waiting = { state: "waiting", summary: "Waiting for a transaction open since 06:40." };
    expect(await control.operations.get(id)).toMatchObject(waiting);
    expect(control.operations.active().map(({ state }) => state)).toEqual(["waiting"]);
    await operation.waiting(null);
    expect(await control.operations.get(id)).toMatchObject({ state: "running", summary: null });
    return { summary: "Stored." };
  });
  expect(control.operations.active()).toEqual([]);
});

test("steps that come twice or were not announced get lines of their own, passed ones are skipped", async () => {
  const { control } = await openTestControl();
  const { id } = await control.operations.open(backup);
  const final = await control.operations.run(id, async (operation) => {
    await operation.step("Upload");
    await operation.stepDone();
    await operation.step("Upload");
    await operation.stepDone("skipped");
    await operation.step("Clean up");
    await expect(operation.step("Verify")).rejects.toThrow('"Clean up" is not finished');
    await operation.stepDone();
    await expect(operation.stepDone()).rejects.toThrow("No step is running");
    return { summary: "" };
  });
  expect(final.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
    "Checkpoint skipped",
    "Upload ok",
    "Upload skipped",
    "Clean up ok",
    "Verify skipped",
  ]);
});

test("what a straggler says after the end changes nothing", async () => {
  const { control } = await openTestControl();
  const { id } = await control.operations.open(backup);
  let straggler: RunningOperation | undefined;
  const final = await control.operations.run(id, async (operation) => {
    straggler = operation;
    return { summary: "Stored." };
  });
  straggler?.progress(1, 2);
  await straggler?.log("info", "late");
  await straggler?.step("Upload");
  expect(await control.operations.get(id)).toEqual(final);
  expect(await control.operations.log(id)).toEqual([]);
});

test("views that were handed out cannot change the book", async () => {
  const { control } = await openTestControl();
  const opened = await control.operations.open(backup);
  opened.steps.length = 0;
  control.operations.active()[0]?.steps.splice(0);
  expect((await control.operations.get(opened.id)).steps).toHaveLength(3);
});

test("what an earlier process left unfinished is interrupted with the sentence, and only that", async () => {
  const { control, reopen } = await openTestControl();
  const done = await control.operations.open(backup);
  await control.operations.run(done.id, async () => ({ summary: "Stored." }));
  const queued = await control.operations.open(backup);
  const running = await control.operations.open(backup);
  const { operation } = await inside((work) => control.operations.run(running.id, work));
  await operation.step("Checkpoint");

  const next = await reopen();
  const own = await next.operations.open(backup);
  const rows = await next.operations.interruptUnfinished(() => "Interrupted: the app stopped at 06:40.");
  expect(rows.map(({ id }) => id)).toEqual([queued.id, running.id]);
  expect(rows[1]).toMatchObject({ state: "interrupted", summary: "Interrupted: the app stopped at 06:40." });
  expect(rows[1]?.steps.map(({ state }) => state)).toEqual(["failed", "skipped", "skipped"]);
  expect(rows[1]?.revision).toBeGreaterThan(running.revision);
  expect((await next.operations.get(done.id)).state).toBe("ok");
  expect(next.operations.active().map(({ id }) => id)).toEqual([own.id]);
  expect(await next.operations.interruptUnfinished(() => "again")).toEqual([]);
});

test("an unknown operation is not found", async () => {
  const { control } = await openTestControl();
  for (const id of ["op_000000000000000000000", "../../etc/passwd", ""]) {
    await expect(control.operations.get(id)).rejects.toMatchObject({ code: "not_found" });
    await expect(control.operations.log(id)).rejects.toMatchObject({ code: "not_found" });
  }
  await expect(control.operations.cancel(ada, "nope")).rejects.toMatchObject({ code: "not_found" });
});

test("ids sort as the operations began, also when the clock goes back and over a restart", async () => {
  const { control, clock, reopen } = await openTestControl();
  const ids = [(await control.operations.open(backup)).id, (await control.operations.open(backup)).id];
  clock.set("2024-12-30T14:00:00.000Z");
  ids.push((await control.operations.open(backup)).id);
  const next = await reopen();
  ids.push((await next.operations.open(backup)).id);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(4);
  for (const id of ids) expect(id).toMatch(/^op_[0-9a-f]{21}$/);
});

test("a log that never ends is cut, and says so", async () => {
  const { control } = await openTestControl();
  const { id } = await control.operations.open(backup);
  await control.operations.run(id, async (operation) => {
    await Promise.all(Array.from({ length: 2_100 }, (_, line) => operation.log("info", `line ${line}`)));
    return { summary: "" };
  });
  const lines = await control.operations.log(id, 1_998);
  expect(lines.map(({ text }) => text)).toEqual(["line 1998", "This log is full; what follows is not kept."]);
});
