import { expect, test } from "vitest";
import type { MultipartUpload } from "../storage/object-store";
import type { HeldSource } from "./held-source";
import { PartMover } from "./part-mover";
import type { UploadJob } from "./protocol";

const PART_BYTES = 8;
const PARTS = 24;
const IN_FLIGHT = 4;

/**
 * A line that takes 10 bytes a second, shared unevenly by the parts that are on it. Time moves only while a part waits: the one
 * with the fewest bytes left ends next.
 */
function sharedLine() {
  let nowMs = 0;
  const waiting: { share: number; left: number; done(): void }[] = [];
  let isMoving = false;
  async function move(): Promise<void> {
    if (isMoving) return;
    isMoving = true;
    while (waiting.length > 0) {
      // All that can be on the line is there before time goes on.
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      const shares = waiting.reduce((sum, part) => sum + part.share, 0);
      const next = waiting.reduce((a, b) => (a.left / a.share < b.left / b.share ? a : b));
      const seconds = (next.left * shares) / (next.share * 10);
      nowMs += seconds * 1000;
      for (const part of waiting) part.left -= (seconds * 10 * part.share) / shares;
      waiting.splice(waiting.indexOf(next), 1);
      next.done();
    }
    isMoving = false;
  }
  let count = 0;
  return {
    nowMs: () => nowMs,
    send: () =>
      new Promise<void>((done) => {
        count += 1;
        waiting.push({ share: 1 + ((count * 7) % 5) / 25, left: PART_BYTES, done });
        void move();
      }),
  };
}

async function sendAll(budgetMs: number): Promise<number> {
  const line = sharedLine();
  let read = 0;
  const source = {
    facts: { bytes: PARTS * PART_BYTES },
    partCount: PARTS,
    bytesOf: () => PART_BYTES,
    next: async () => {
      read += 1;
      return read > PARTS ? null : { partNumber: read, bytes: Buffer.alloc(PART_BYTES, read), giveBack() {} };
    },
    settle: async () => undefined,
  } as unknown as HeldSource;
  const upload = {
    putPart: async (partNumber: number) => {
      await line.send();
      return { partNumber, bytes: PART_BYTES, facts: "" };
    },
  } as unknown as MultipartUpload;
  const job = { unfinished: null, partsInFlight: IN_FLIGHT, partBytes: PART_BYTES, budgetMs, knownSendRate: 10 };
  const mover = new PartMover({
    job: job as unknown as UploadJob,
    source,
    base: null,
    judgeCopies: false,
    begin: async () => upload,
    baseStands: async () => true,
    signal: new AbortController().signal,
    send: () => undefined,
    nowMs: line.nowMs,
  });
  await mover.readAll();
  await mover.finish();
  return line.nowMs();
}

test("a stop whose parts fit is not ended because four parts shared the line when the first of them was through", async () => {
  const needed = (PARTS * PART_BYTES * 1000) / 10;
  for (const spare of [1.05, 1.2, 1.5, 2.5]) expect(await sendAll(needed * spare)).toBeCloseTo(needed, -2);
});

test("a stop whose parts need twice the time is ended before the first is sent", async () => {
  await expect(sendAll((PARTS * PART_BYTES * 1000) / 20)).rejects.toMatchObject({ code: "out_of_time" });
});
