import { createHash, randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createR2Store } from "./r2-store";
import { type FaultyProxy, startFaultyProxy } from "./testing/faulty-proxy";
import { createManualClock } from "./testing/manual-clock";
import { collect, existing, expectCode, sendPart } from "./testing/object-store-suite";
import { createQuickClock } from "./testing/quick-clock";
import { type R2Simulator, startR2Simulator } from "./testing/r2-simulator";
import { createUploadPace } from "./upload-pace";

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("a limited upload", () => {
  it("passes bytes evenly, over all bodies together, and no faster than the rate", async () => {
    const clock = createManualClock();
    const pace = createUploadPace(clock, 100_000);
    const bodies = [randomBytes(150_000), randomBytes(150_000)];
    const passed = [0, 0];
    const reading = bodies.map(async (body, index) => {
      const chunks: Buffer[] = [];
      for await (const chunk of pace.stream(body).stream) {
        chunks.push(chunk);
        passed[index] = (passed[index] ?? 0) + chunk.length;
      }
      expect(Buffer.concat(chunks).equals(body)).toBe(true);
    });
    for (let elapsedMs = 0; elapsedMs <= 2800; elapsedMs += 100) {
      for (let round = 0; round < 20; round += 1) await settled();
      const [first = 0, second = 0] = passed;
      // A tenth of a second ahead at most, and what the streams hold ready behind.
      expect(first + second).toBeLessThanOrEqual((elapsedMs + 200) * 100);
      expect(first + second).toBeGreaterThanOrEqual(Math.max(0, elapsedMs - 300) * 100);
      expect(Math.abs(first - second)).toBeLessThanOrEqual(30_000);
      clock.advance(100);
    }
    for (let round = 0; round < 40; round += 1) {
      clock.advance(100);
      await settled();
    }
    await Promise.all(reading);
  });

  it("does not save up what was not used", async () => {
    const clock = createManualClock();
    const pace = createUploadPace(clock, 100_000);
    clock.advance(3_600_000);
    let passed = 0;
    const { stream, release } = pace.stream(randomBytes(1_000_000));
    stream.on("data", (chunk: Buffer) => {
      passed += chunk.length;
    });
    for (let round = 0; round < 50; round += 1) await settled();
    expect(passed).toBeLessThanOrEqual(20_000);
    release();
  });
});

describe("the R2 store with a limited upload", () => {
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
  const PART_BYTES = 5 * 1024 * 1024;
  const open = (deps: object = {}, bytesPerSecond = 50 * 1024 * 1024) =>
    createR2Store(
      { ...proxy.settings, uploadBytesPerSecond: bytesPerSecond },
      { clock: createQuickClock(), writeSpacingMs: 0, ...deps },
    );

  it("sends whole parts under their own hash, again when they did not arrive", async () => {
    const upload = await open().startMultipart("limited", { partBytes: PART_BYTES });
    const bodies = [randomBytes(PART_BYTES), randomBytes(PART_BYTES), randomBytes(1)];
    for (const kind of ["reset-before", "reset-after", "server-error", "throttled"] as const)
      proxy.inject({ fault: { kind }, times: 1, when: ({ verb }) => verb === "putPart" });
    await Promise.all(bodies.map((body, index) => sendPart(upload, index + 1, body)));
    await upload.complete();
    const whole = Buffer.concat(bodies);
    expect((await collect(await existing(open().get("limited")))).equals(whole)).toBe(true);
    const sent = proxy.requests.filter(({ verb }) => verb === "putPart");
    expect(sent).toHaveLength(7);
    for (const { headers, query } of sent) {
      const body = bodies[Number(query.get("partNumber")) - 1] ?? Buffer.alloc(0);
      expect(headers["content-length"]).toBe(String(body.length));
      expect(headers["x-amz-content-sha256"]).toBe(createHash("sha256").update(body).digest("hex"));
      expect(headers["transfer-encoding"]).toBeUndefined();
      expect(Object.keys(headers).filter((name) => /checksum|trailer|expect|decoded/.test(name))).toEqual([]);
    }
  });

  it("is refused by the store when a body is not what its hash says", async () => {
    const upload = await open().startMultipart("damaged", { partBytes: PART_BYTES });
    const wrong = createHash("sha256").update("other").digest("hex");
    await expectCode(upload.putPart(1, randomBytes(1000), wrong), "storage_failed");
    await upload.abort();
  });

  it("stops in the middle of a part when it is cancelled", async () => {
    const clock = createManualClock();
    const stop = new AbortController();
    const upload = await open({ clock }, 1024 * 1024).startMultipart("cancelled", { partBytes: PART_BYTES });
    const body = randomBytes(PART_BYTES);
    const sending = upload.putPart(1, body, createHash("sha256").update(body).digest("hex"), stop.signal);
    await vi.waitFor(() => expect(clock.sleepers()).toHaveLength(1));
    stop.abort();
    await expectCode(sending, "cancelled");
    expect(clock.sleepers()).toEqual([]);
    await upload.abort();
  });

  it("keeps no connection of a part that was refused before it was sent", async () => {
    const upload = await open().startMultipart("early", { partBytes: PART_BYTES });
    const before = proxy.connections();
    proxy.inject({
      fault: { kind: "status", status: 503, code: "ServiceUnavailable", isEarly: true },
      times: 4,
      when: ({ verb }) => verb === "putPart",
    });
    await sendPart(upload, 1, randomBytes(PART_BYTES));
    await vi.waitFor(() => expect(proxy.connections()).toBeLessThanOrEqual(before + 1));
    await upload.abort();
  });
});
