import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../clock";
import { Gate } from "./gate";

/** Time passes only when a test says so. */
function handClock(): Clock & { pass(ms: number): Promise<void> } {
  let now = 0;
  const sleepers = new Set<{ until: number; wake: () => void }>();
  return {
    ...systemClock,
    now: () => new Date(now),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { until: now + ms, wake: resolve };
        if (signal?.aborted) return resolve();
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => resolve(), { once: true });
      }),
    pass: async (ms) => {
      now += ms;
      for (const sleeper of sleepers) if (sleeper.until <= now) sleeper.wake();
      await setImmediate();
    },
  };
}

/** Work that lasts until it is ended or stopped. */
function work() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const run = (stop: AbortSignal) =>
    Promise.race([
      ended.then(() => "done"),
      new Promise<string>((_, reject) => stop.addEventListener("abort", () => reject(stop.reason))),
    ]);
  return { run, end };
}

describe("the gate", () => {
  it("waits for running work before it counts as closed", async () => {
    const gate = new Gate(handClock());
    const job = work();
    const using = gate.use(job.run);
    let closed = false;
    const closing = gate.close({ drainMs: 1_000, reason: "stopping" }).then(() => {
      closed = true;
    });
    await setImmediate();
    expect(closed).toBe(false);
    job.end();
    await closing;
    expect(await using).toBe("done");
    expect(gate.state).toBe("closed");
  });

  it("interrupts what still runs after the drain time, and tells its caller to come again", async () => {
    const clock = handClock();
    const gate = new Gate(clock);
    const using = gate.use(work().run);
    const caught = using.catch((error) => error);
    const closing = gate.close({ drainMs: 1_000, reason: "restore" });
    await clock.pass(1_000);
    await closing;
    expect(await caught).toMatchObject({ code: "sql_interrupted", retryAfterSeconds: 5 });
  });

  it("refuses new work at once when the server stops", async () => {
    const gate = new Gate(handClock());
    await gate.close({ drainMs: 0, reason: "stopping" });
    await expect(gate.use(async () => "ran")).rejects.toMatchObject({ code: "stopping", retryAfterSeconds: 5 });
  });

  it("lets new work wait through a short restore", async () => {
    const gate = new Gate(handClock());
    await gate.close({ drainMs: 0, reason: "restore" });
    const using = gate.use(async () => "ran");
    await setImmediate();
    gate.open();
    expect(await using).toBe("ran");
  });

  it("turns work away when a restore takes longer than five seconds", async () => {
    const clock = handClock();
    const gate = new Gate(clock);
    await gate.close({ drainMs: 0, reason: "restore" });
    const caught = gate.use(async () => "ran").catch((error) => error);
    await clock.pass(5_000);
    expect(await caught).toMatchObject({ code: "database_busy", retryAfterSeconds: 5 });
  });

  it("turns waiting work away at once when the server stops during a restore", async () => {
    const gate = new Gate(handClock());
    await gate.close({ drainMs: 0, reason: "restore" });
    const caught = gate.use(async () => "ran").catch((error) => error);
    await gate.close({ drainMs: 0, reason: "stopping" });
    expect(await caught).toMatchObject({ code: "stopping" });
  });
});
