import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { faultyStoreOfTests } from "./testing/faulty-store";
import { heldBytes } from "./testing/held-bytes";
import { collect, existing, expectCode, sendPart } from "./testing/object-store-suite";

const PART_BYTES = 5 * 1024 * 1024;

describe("a body that is read from R2", () => {
  const r2 = faultyStoreOfTests();

  it("that breaks off goes on from where it stopped", async () => {
    const content = randomBytes(1_000_000);
    await r2.store.put(`${r2.prefix}body`, content);
    r2.proxy.inject({ fault: { kind: "truncate", afterBytes: 300_000 }, times: 3, when: ({ verb }) => verb === "get" });
    expect((await collect(await existing(r2.store.get(`${r2.prefix}body`)))).equals(content)).toBe(true);
    const ranges = r2.proxy.requests.filter(({ verb }) => verb === "get").map(({ headers }) => headers.range);
    expect(ranges).toEqual([undefined, "bytes=300000-999999", "bytes=600000-999999", "bytes=900000-999999"]);
  });

  it("that breaks off again and again throws, and is never short", async () => {
    await r2.store.put(`${r2.prefix}body`, randomBytes(1_000_000));
    r2.proxy.inject({ fault: { kind: "truncate", afterBytes: 1000 }, when: ({ verb }) => verb === "get" });
    await expectCode(collect(await existing(r2.store.get(`${r2.prefix}body`))), "storage_failed");
  });

  it("that stalls is given up and fetched from there", async () => {
    const content = randomBytes(1_000_000);
    await r2.store.put(`${r2.prefix}body`, content);
    r2.proxy.inject({ fault: { kind: "stall", afterBytes: 200_000 }, times: 1, when: ({ verb }) => verb === "get" });
    expect((await collect(await existing(r2.impatient().get(`${r2.prefix}body`)))).equals(content)).toBe(true);
    expect(r2.sent("get")).toBe(2);
  });

  it("that is merely slow is read in peace", async () => {
    await r2.store.put(`${r2.prefix}body`, randomBytes(200_000));
    r2.proxy.inject({ fault: { kind: "slow", bytesPerSecond: 400_000 }, when: ({ verb }) => verb === "get" });
    expect((await collect(await existing(r2.store.get(`${r2.prefix}body`)))).byteLength).toBe(200_000);
    expect(r2.sent("get")).toBe(1);
  });

  it("does not go on in another object", async () => {
    await r2.store.put(`${r2.prefix}body`, Buffer.alloc(1_000_000, "a"));
    r2.proxy.inject({ fault: { kind: "truncate", afterBytes: 300_000 }, times: 1, when: ({ verb }) => verb === "get" });
    const body = await existing(r2.store.get(`${r2.prefix}body`));
    await r2.store.put(`${r2.prefix}body`, Buffer.alloc(1_000_000, "b"));
    await expectCode(collect(body), "storage_precondition");
  });

  it("of other bytes than asked for is refused", async () => {
    await r2.store.put(`${r2.prefix}body`, randomBytes(1000));
    r2.proxy.inject({
      fault: { kind: "status", status: 200, code: "whole" },
      times: 1,
      when: ({ verb }) => verb === "get",
    });
    await expectCode(r2.store.get(`${r2.prefix}body`, { range: { start: 5, end: 9 } }), "storage_failed");
  });

  it("keeps its memory flat while it reads a large object", async () => {
    const key = `${r2.prefix}large`;
    const upload = await r2.store.startMultipart(key, { partBytes: PART_BYTES });
    const body = randomBytes(PART_BYTES);
    for (let part = 1; part <= 12; part += 1) await sendPart(upload, part, body);
    await upload.complete();
    const before = heldBytes();
    let peak = 0;
    let bytes = 0;
    for await (const chunk of (await existing(r2.store.get(key))).stream) {
      bytes += chunk.byteLength;
      if (bytes % PART_BYTES < chunk.byteLength) peak = Math.max(peak, heldBytes() - before);
    }
    expect(bytes).toBe(12 * PART_BYTES);
    // Of 60 MiB; the proxy's own buffers are in this process too, and the collector takes its time on a busy machine.
    expect(peak).toBeLessThan(32 * 1024 * 1024);
  });
});
