import { expect, test } from "vitest";
import { AppError } from "../errors";
import { backup, inside } from "./testing/run-inside";
import { ada, openTestControl } from "./testing/test-control";

test("a queued operation that is cancelled is over at once and never runs", async () => {
  const { control } = await openTestControl();
  const { id } = await control.operations.open(backup);
  const waiting = control.operations.wait(id);
  const cancelled = await control.operations.cancel(ada, id);
  expect(cancelled).toMatchObject({
    state: "cancelled",
    summary: "Cancelled by Ada.",
    startedAt: null,
    error: { code: "cancelled" },
  });
  expect(await waiting).toEqual(cancelled);
  let ran = false;
  const final = await control.operations.run(id, async () => {
    ran = true;
    return { summary: "" };
  });
  expect([final.state, ran]).toEqual(["cancelled", false]);
  await expect(control.operations.cancel(ada, id)).rejects.toMatchObject({ code: "conflict" });
});

test("an operation that is cancelled and run in the same moment ends once, whichever comes first by a hair", async () => {
  const { control } = await openTestControl();
  for (let hair = 0; hair < 40; hair++) {
    const { id } = await control.operations.open(backup);
    const cancelling = control.operations.cancel(ada, id);
    for (let n = 0; n < hair; n++) await Promise.resolve();
    const ran = await control.operations.run(id, async () => ({ summary: "Stored." }));
    await cancelling;
    expect(ran.state).toBe("cancelled");
    expect(await control.operations.get(id)).toEqual(ran);
    expect(await control.operations.log(id)).toHaveLength(1);
  }
  expect(control.operations.active()).toEqual([]);
});

test("cancelling a running operation aborts its signal once, is audited, and it ends as cancelled", async () => {
  const { control } = await openTestControl();
  const { id } = await control.operations.open(backup);
  const { operation, ended } = await inside((work) => control.operations.run(id, work));
  await operation.step("Checkpoint");
  const waiting = control.operations.wait(id);
  await control.operations.cancel(ada, id);
  const final = await ended;
  expect(final).toMatchObject({ state: "cancelled", summary: "Cancelled by Ada.", error: { code: "cancelled" } });
  expect(final.steps.map(({ state, note }) => [state, note])).toEqual([
    ["skipped", "cancelled here"],
    ["skipped", null],
    ["skipped", null],
  ]);
  expect(await waiting).toEqual(final);
  expect(await control.operations.get(id)).toEqual(final);
  expect(await control.audit.list({ limit: 10 })).toMatchObject([
    { action: "operation.cancel", actor: "Ada", address: "10.0.0.7", target: id, detail: { kind: "backup" } },
  ]);
});

test("work that takes its time to stop shows so, and a second cancel changes nothing", async () => {
  const { control } = await openTestControl();
  const { id } = await control.operations.open(backup);
  const final = await control.operations.run(id, async (operation) => {
    const first = await control.operations.cancel(ada, id);
    expect(first).toMatchObject({ state: "running", summary: "Stopping. Cancelled by Ada." });
    expect(await control.operations.cancel(ada, id)).toEqual(first);
    operation.signal.throwIfAborted();
    return { summary: "" };
  });
  expect(final.state).toBe("cancelled");
  expect(await control.audit.list({ limit: 10 })).toHaveLength(1);
});

test("a cancelled verb's own words win, and work that was done all the same is ok", async () => {
  const { control } = await openTestControl();
  const first = await control.operations.open(backup);
  const stopped = await control.operations.run(first.id, async () => {
    await control.operations.cancel(ada, first.id);
    throw new AppError("cancelled", "Cancelled; the parts sent so far were removed.");
  });
  expect(stopped.error?.message).toBe("Cancelled; the parts sent so far were removed.");
  const second = await control.operations.open(backup);
  const late = await control.operations.run(second.id, async () => {
    await control.operations.cancel(ada, second.id);
    return { summary: "Stored." };
  });
  expect(late).toMatchObject({ state: "ok", summary: "Stored." });
});

test("a stop from outside cancels with the reason of the stop", async () => {
  const { control } = await openTestControl();
  const stop = new AbortController();
  const { id } = await control.operations.open(backup);
  const { ended } = await inside((work) => control.operations.run(id, work, stop.signal));
  stop.abort(new AppError("stopping", "Stopped with the server; the shutdown backup follows."));
  expect(await ended).toMatchObject({
    state: "cancelled",
    error: { code: "cancelled", message: "Stopped with the server; the shutdown backup follows." },
  });
  const late = await control.operations.open(backup);
  expect((await control.operations.run(late.id, async () => ({ summary: "" }), stop.signal)).state).toBe("cancelled");
});

test("a wait that is given up leaves the operation alone", async () => {
  const { control } = await openTestControl();
  const { id } = await control.operations.open(backup);
  const giveUp = new AbortController();
  const waiting = control.operations.wait(id, giveUp.signal);
  giveUp.abort();
  await expect(waiting).rejects.toMatchObject({ code: "cancelled", message: expect.stringContaining("goes on") });
  const final = await control.operations.run(id, async () => ({ summary: "Stored." }));
  expect(final.state).toBe("ok");
});
