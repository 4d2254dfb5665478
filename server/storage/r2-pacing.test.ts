import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createR2Pacing } from "./r2-pacing";
import { createR2Store } from "./r2-store";
import { type FaultyProxy, startFaultyProxy } from "./testing/faulty-proxy";
import { createManualClock } from "./testing/manual-clock";
import { expectCode, sendPart } from "./testing/object-store-suite";
import { createQuickClock } from "./testing/quick-clock";
import { type R2Simulator, startR2Simulator } from "./testing/r2-simulator";

const PART_BYTES = 5 * 1024 * 1024;
/** Everything that can run without time passing has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("the pace of a store", () => {
  it("stands still after a complaint, for everybody, and longer after each further one", async () => {
    const clock = createManualClock();
    const pacing = createR2Pacing(clock);
    let entered = 0;
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      const request = await pacing.enter({ isPart: false });
      request.throttled(1000, 1);
      request.leave();
      const waiting = ["a part", "a look"].map(async (what) => {
        const other = await pacing.enter({ isPart: what === "a part" });
        entered += 1;
        other.leave();
      });
      await settled();
      expect(entered).toBe((attempt - 1) * 2);
      const pauseMs = pacing.pauseLeftMs();
      pauses.push(pauseMs);
      clock.advance(pauseMs - 1);
      await settled();
      expect(entered).toBe((attempt - 1) * 2);
      clock.advance(1);
      await Promise.all(waiting);
      expect(entered).toBe(attempt * 2);
    }
    const bounds = [250, 500, 1000, 2000].map((shortest) => 1000 + shortest);
    for (const [index, shortest] of bounds.entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(shortest);
      expect(pauses[index]).toBeLessThanOrEqual(1000 + (shortest - 1000) * 2);
    }
  });

  it("halves the parts at once, once for a burst of complaints, and not below one", async () => {
    const clock = createManualClock();
    const pacing = createR2Pacing(clock);
    for (const room of [8, 4, 2, 1, 1]) {
      const parts = await Promise.all(Array.from({ length: room }, () => pacing.enter({ isPart: true })));
      if (room < 8) {
        const more = pacing.enter({ isPart: true, signal: AbortSignal.abort() });
        await expectCode(more, "cancelled");
        expect(await isWaiting(pacing)).toBe(true);
      }
      for (const part of parts) part.throttled(1000, 1);
      for (const part of parts) part.leave();
      clock.advance(60_000);
    }
  });

  it("lets one more part at once after ten that went well", async () => {
    const clock = createManualClock();
    const pacing = createR2Pacing(clock);
    const parts = await Promise.all([1, 2].map(() => pacing.enter({ isPart: true })));
    for (const part of parts) part.throttled(1000, 1);
    for (const part of parts) part.leave();
    clock.advance(60_000);
    const send = async () => {
      const part = await pacing.enter({ isPart: true });
      part.succeeded();
      part.leave();
    };
    const holding = await pacing.enter({ isPart: true });
    expect(await isWaiting(pacing)).toBe(true);
    holding.leave();
    for (let index = 0; index < 10; index += 1) await send();
    const two = [await pacing.enter({ isPart: true })];
    expect(await isWaiting(pacing)).toBe(false);
    two.push(await pacing.enter({ isPart: true }));
    expect(await isWaiting(pacing)).toBe(true);
  });

  it("lets a cancelled request go at once, from the pause and from the queue", async () => {
    const clock = createManualClock();
    const pacing = createR2Pacing(clock);
    const first = await pacing.enter({ isPart: true });
    first.throttled(1000, 1);
    const stop = new AbortController();
    const inPause = pacing.enter({ isPart: true, signal: stop.signal });
    await settled();
    stop.abort();
    await expectCode(inPause, "cancelled");
    clock.advance(60_000);
    const stopToo = new AbortController();
    const inQueue = pacing.enter({ isPart: true, signal: stopToo.signal });
    await settled();
    stopToo.abort();
    await expectCode(inQueue, "cancelled");
    first.leave();
    expect(await isWaiting(pacing)).toBe(false);
  });

  it("does not stand still longer than meant when the clock is set back", async () => {
    const clock = createManualClock();
    const pacing = createR2Pacing(clock);
    const request = await pacing.enter({ isPart: false });
    request.throttled(1000, 1);
    clock.advance(-3_600_000);
    expect(pacing.pauseLeftMs()).toBeLessThanOrEqual(1500);
  });
});

/** Whether one more part would have to wait; it is not kept. */
async function isWaiting(pacing: ReturnType<typeof createR2Pacing>): Promise<boolean> {
  const stop = new AbortController();
  const entering = pacing.enter({ isPart: true, signal: stop.signal }).then(
    (part) => {
      part.leave();
      return false;
    },
    () => true,
  );
  await settled();
  stop.abort();
  return entering;
}

describe("the R2 store under a store that complains", () => {
  let simulator: R2Simulator;
  let proxy: FaultyProxy;
  beforeAll(async () => {
    simulator = await startR2Simulator();
    proxy = await startFaultyProxy({ target: simulator.settings });
  });
  afterAll(async () => {
    await proxy?.stop();
    await simulator?.stop();
  });
  afterEach(() => {
    proxy.clear();
    proxy.requests.length = 0;
  });

  it("sends nothing while it pauses, then half as many parts at once, and all arrive", async () => {
    const clock = createManualClock();
    const store = createR2Store(proxy.settings, { clock, writeSpacingMs: 0 });
    const upload = await store.startMultipart("storm", { partBytes: PART_BYTES });
    const body = randomBytes(100_000);
    const isPart = (request: { verb: string | null }) => request.verb === "putPart";
    let goOn = () => {};
    const allThere = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    // All eight are under way before the first is refused; the rest of the file comes after.
    proxy.inject({ fault: { kind: "unavailable" }, times: 8, when: isPart });
    const parts = Array.from({ length: 24 }, (_, index) => index + 1);
    const eight = parts.slice(0, 8).map((part) => sendPart(upload, part, body));
    await vi.waitFor(() => expect(clock.sleepers()).toHaveLength(8), { timeout: 30_000 });
    const others = [...parts.slice(8).map((part) => sendPart(upload, part, body)), store.head("storm")];
    await vi.waitFor(() => expect(clock.sleepers()).toHaveLength(25), { timeout: 30_000 });
    expect(proxy.requests.filter(isPart)).toHaveLength(8);
    expect(proxy.requests.filter(({ verb }) => verb === "head")).toHaveLength(0);

    proxy.inject({ fault: { kind: "hold", until: allThere }, when: isPart });
    clock.advance(Math.max(...clock.sleepers()));
    await vi.waitFor(() => expect(proxy.requests.filter(isPart)).toHaveLength(12), { timeout: 30_000 });
    goOn();
    await Promise.all([...eight, ...others]);
    const afterPause = proxy.requests.filter(isPart).slice(8);
    expect(afterPause).toHaveLength(24);
    // Ten good parts earn one more at once, twenty another.
    expect(Math.max(...afterPause.slice(0, 13).map(({ atOnce }) => atOnce))).toBeLessThanOrEqual(5);
    expect(Math.max(...afterPause.map(({ atOnce }) => atOnce))).toBeLessThanOrEqual(6);
    await upload.abort();
  });

  it("gets through a store that refuses every third request", async () => {
    const store = createR2Store(proxy.settings, { clock: createQuickClock(), writeSpacingMs: 0 });
    proxy.inject({ fault: { kind: "throttled" }, every: 3 });
    const upload = await store.startMultipart("busy", { partBytes: 100_000 });
    const body = randomBytes(100_000);
    await Promise.all(Array.from({ length: 30 }, (_, index) => sendPart(upload, index + 1, body)));
    await upload.abort();
    const met = proxy.requests.filter(({ fault }) => fault === "throttled");
    expect(met.length).toBeGreaterThan(10);
  });

  it("keeps writes to one key a second apart, and lets other keys pass", async () => {
    const clock = createManualClock();
    const store = createR2Store(proxy.settings, { clock });
    const puts = () => proxy.requests.filter(({ verb }) => verb === "put").map(({ key }) => key);
    await store.put("spaced", Buffer.from("1"));
    const second = store.put("spaced", Buffer.from("2"));
    await store.put("other", Buffer.from("1"));
    expect(puts()).toEqual(["spaced", "other"]);
    clock.advance(1000);
    await settled();
    expect(puts()).toEqual(["spaced", "other"]);
    clock.advance(50);
    await second;
    expect(puts()).toEqual(["spaced", "other", "spaced"]);
  });

  it("spaces a copy and a finished upload like a write", async () => {
    const clock = createManualClock();
    const store = createR2Store(proxy.settings, { clock });
    const { etag } = await store.put("source", Buffer.from("x"));
    await store.put("target", Buffer.from("x"));
    const source = { key: "source", bytes: 1, etag, lastModified: new Date() };
    const copying = store.copy(source, "target", {});
    await vi.waitFor(() => expect(clock.sleepers()).toHaveLength(1));
    expect(proxy.requests.filter(({ verb }) => verb === "copy")).toHaveLength(0);
    clock.advance(1050);
    await copying;
    const upload = await store.startMultipart("target", { partBytes: PART_BYTES });
    await sendPart(upload, 1, Buffer.from("y"));
    const completing = upload.complete();
    await vi.waitFor(() => expect(clock.sleepers()).toHaveLength(1));
    expect(proxy.requests.filter(({ verb }) => verb === "complete")).toHaveLength(0);
    clock.advance(1050);
    expect(await completing).toMatchObject({ bytes: 1 });
  });
});
