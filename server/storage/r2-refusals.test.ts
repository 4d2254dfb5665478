import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { AppError } from "../errors";
import type { ObjectStore } from "./object-store";
import { createR2Store } from "./r2-store";
import { startFaultyProxy } from "./testing/faulty-proxy";
import { listAll, sendPart } from "./testing/object-store-suite";
import { createQuickClock } from "./testing/quick-clock";
import { type R2Simulator, startR2Simulator } from "./testing/r2-simulator";

const PART_BYTES = 5 * 1024 * 1024;

let simulator: R2Simulator;
beforeAll(async () => {
  simulator = await startR2Simulator();
});
afterAll(() => simulator?.stop());

describe("a permanent refusal is thrown at once, with its own code, message and hint", () => {
  const clock = createQuickClock();
  const refused = async (store: ObjectStore, doing: (store: ObjectStore) => Promise<unknown>) => {
    const pausesBefore = clock.pauses.length;
    const error = await doing(store).then(
      () => null,
      (reason) => reason,
    );
    expect(clock.pauses.length).toBe(pausesBefore);
    expect(error).toBeInstanceOf(AppError);
    expect(error.hint).toBeTruthy();
    return error as AppError;
  };
  const doings: [string, (store: ObjectStore) => Promise<unknown>][] = [
    ["head", (store) => store.head("a")],
    ["get", (store) => store.get("a")],
    ["put", (store) => store.put("a", Buffer.from("x"))],
    ["delete", (store) => store.delete("a")],
    ["list", (store) => listAll(store, "")],
    ["startMultipart", (store) => store.startMultipart("a", { partBytes: PART_BYTES })],
  ];
  const withSettings = (change: object) => createR2Store({ ...simulator.settings, ...change }, { clock });

  for (const [verb, doing] of doings) {
    it(`${verb}: an unknown key, a wrong secret, a missing bucket`, async () => {
      expect((await refused(withSettings({ accessKeyId: "b".repeat(32) }), doing)).code).toBe("storage_key_unknown");
      expect((await refused(withSettings({ secretAccessKey: "wrong" }), doing)).code).toBe("storage_secret_wrong");
      const missing = await refused(withSettings({ bucket: "not-there" }), doing);
      expect(missing).toMatchObject({ code: "storage_bucket_missing", message: expect.stringContaining("not-there") });
    });

    it(`${verb}: a clock that is off, saying by how much`, async () => {
      const proxy = await startFaultyProxy({ target: simulator.settings });
      // The simulator sends no Date; R2 does.
      proxy.inject({ fault: { kind: "date", offsetMs: 3 * 3_600_000 } });
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 3 * 3_600_000 });
      try {
        const error = await refused(createR2Store(proxy.settings, { clock }), doing);
        expect(error).toMatchObject({
          code: "storage_clock_skewed",
          message: expect.stringContaining("3 hours behind"),
        });
      } finally {
        vi.useRealTimers();
        await proxy.stop();
      }
    });
  }

  it("a missing permission, naming the right that each verb needs", async () => {
    const proxy = await startFaultyProxy({ target: simulator.settings });
    const store = createR2Store(proxy.settings, { clock });
    const upload = await store.startMultipart("a", { partBytes: PART_BYTES });
    const source = { key: "b", bytes: 1, etag: "0".repeat(32), lastModified: new Date() };
    const needs: [string, string, (store: ObjectStore) => Promise<unknown>][] = [
      ...doings.map(([verb, doing]): [string, string, typeof doing] => [
        verb,
        ["put", "delete", "startMultipart"].includes(verb) ? "Object Read & Write" : "Object Read",
        doing,
      ]),
      ["putPart", "Object Read & Write", () => sendPart(upload, 1, Buffer.from("x"))],
      ["copyPart", "Object Read & Write", () => upload.copyPart(1, "b", { start: 0, end: 9 })],
      ["copy", "Object Read & Write", () => store.copy(source, "c", {})],
      ["abort", "Object Read & Write", () => upload.abort()],
    ];
    for (const [verb, right, doing] of needs) {
      // HEAD's answer has no body, so its reason comes from the GET that is sent after it.
      const { remove } = proxy.inject({
        fault: { kind: "forbidden" },
        when: (request) => request.verb === verb || (verb === "head" && request.verb === "get"),
      });
      const error = await refused(store, doing);
      expect(error.code).toBe("storage_forbidden");
      expect(error.message).toContain(`"${right}"`);
      expect(error.message).toContain(simulator.settings.bucket);
      remove();
    }
    await upload.abort();
    await proxy.stop();
  });
});
