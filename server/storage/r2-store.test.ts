import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createR2Store } from "./r2-store";
import type { Fault } from "./testing/faults";
import { startFaultyProxy } from "./testing/faulty-proxy";
import { faultyStoreOfTests } from "./testing/faulty-store";
import { describeObjectStore, listAll, sendPart } from "./testing/object-store-suite";
import { createQuickClock } from "./testing/quick-clock";
import { startR2Simulator } from "./testing/r2-simulator";

const PART_BYTES = 5 * 1024 * 1024;

describeObjectStore("the R2 store on R2's simulator", async () => {
  const own = await startR2Simulator();
  const create = () => createR2Store(own.settings, { clock: createQuickClock(), writeSpacingMs: 0 });
  return { store: create(), reopen: create, stop: own.stop };
});

async function openBehindBadNetwork() {
  const own = await startR2Simulator();
  const proxy = await startFaultyProxy({ target: own.settings });
  const faults: Fault["kind"][] = ["reset-before", "reset-after", "server-error", "unavailable", "throttled"];
  for (const [index, kind] of faults.entries()) proxy.inject({ fault: { kind } as Fault, every: 61 + 6 * index });
  proxy.inject({ fault: { kind: "truncate", afterBytes: 70_000 }, every: 31, when: ({ verb }) => verb === "get" });
  const create = () =>
    createR2Store(proxy.settings, { clock: createQuickClock(), inactivityMs: 5000, writeSpacingMs: 0 });
  return {
    store: create(),
    reopen: create,
    async stop() {
      // A run without a fault would prove nothing.
      const met = new Set(proxy.requests.flatMap(({ fault }) => fault ?? []));
      await proxy.stop();
      await own.stop();
      expect([...met].sort()).toEqual([...faults, "truncate"].sort());
    },
  };
}

describeObjectStore("the R2 store behind a bad network", openBehindBadNetwork, {
  manyObjects: 100,
  lifecycle: "kept",
});

describe("the R2 store and its requests", () => {
  const r2 = faultyStoreOfTests();

  it("knows how far the store's clock is from ours", async () => {
    await r2.store.head(`${r2.prefix}x`);
    r2.proxy.inject({ fault: { kind: "date", offsetMs: 420_000 } });
    await r2.store.head(`${r2.prefix}x`);
    expect(Math.abs((r2.store.clockOffsetMs() ?? 0) - 420_000)).toBeLessThan(2000);
    expect(createR2Store(r2.proxy.settings, { clock: r2.clock }).clockOffsetMs()).toBeNull();
  });

  it("sends what R2 can take: no tagging, no checksum header, no Expect, and each part's own SHA-256", async () => {
    const upload = await r2.store.startMultipart(`${r2.prefix}big`, {
      partBytes: PART_BYTES,
      contentDisposition: "attachment",
      metadata: { type: "manual" },
    });
    const body = randomBytes(3 * 1024 * 1024);
    await sendPart(upload, 1, body);
    await upload.complete();
    await r2.store.put(`${r2.prefix}x`, Buffer.from("x"), { contentType: "application/json", ifNoneMatch: "*" });
    await listAll(r2.store, r2.prefix);
    await r2.store.delete(`${r2.prefix}x`);
    for (const { headers, query, verb } of r2.proxy.requests) {
      expect(
        Object.keys(headers).filter((name) => /tagging|checksum|expect|content-md5|acl|trailer/.test(name)),
      ).toEqual([]);
      expect(query.has("tagging")).toBe(false);
      expect(verb).not.toBeNull();
    }
    const part = r2.proxy.requests.find(({ verb }) => verb === "putPart");
    expect(part?.headers["x-amz-content-sha256"]).toMatch(/^[0-9a-f]{64}$/);
    expect(r2.proxy.requests.find(({ verb }) => verb === "startMultipart")?.headers["x-amz-meta-type"]).toBe("manual");
  });

  it("gives a link that works without credentials, under the right file name", async () => {
    await r2.store.put(`${r2.prefix}backup.duckdb`, Buffer.from("database"));
    const url = await r2.store.downloadUrl(`${r2.prefix}backup.duckdb`, { fileName: 'h"é.duckdb', seconds: 60 });
    expect(new URL(url ?? "").searchParams.get("response-content-disposition")).toBe(
      "attachment; filename=\"h__.duckdb\"; filename*=UTF-8''h%22%C3%A9.duckdb",
    );
    const answer = await fetch(url ?? "");
    expect(await answer.text()).toBe("database");
    expect((await fetch((url ?? "").replace("backup", "backus"))).status).toBe(403);
  });
});
