import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBlockChecksum, isUnwritten, plainChecksum } from "./block-checksum";

const BLOCK_BYTES = 262_144;

/** Cheap pseudo-random bytes: only variety matters here. */
function noise(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed | 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

function sealed(content: Uint8Array): Uint8Array {
  const block = new Uint8Array(content.length + 8);
  block.set(content, 8);
  new DataView(block.buffer).setBigUint64(0, plainChecksum(content), true);
  return block;
}

describe("block checksum", () => {
  const checksum = createBlockChecksum();

  it("agrees with the plain arithmetic for any bytes at any alignment", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(7), (bytes, shift) => {
        const shifted = new Uint8Array(bytes.length + shift);
        shifted.set(bytes, shift);
        const view = shifted.subarray(shift);
        expect(checksum.of(view)).toBe(plainChecksum(view));
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with the plain arithmetic beyond one window, tail included", () => {
    for (const length of [BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES + 13]) {
      const bytes = noise(length, length);
      expect(checksum.of(bytes)).toBe(plainChecksum(bytes));
    }
  });

  it("takes a block as intact only until one bit of it changes", () => {
    const block = sealed(noise(BLOCK_BYTES - 8, 7));
    expect(checksum.isIntact(block)).toBe(true);
    fc.assert(
      fc.property(fc.nat(BLOCK_BYTES * 8 - 1), (bit) => {
        const damaged = block.slice();
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(checksum.isIntact(damaged)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it("calls only an all-zero block unwritten, and never intact", () => {
    const zeros = new Uint8Array(BLOCK_BYTES);
    expect(isUnwritten(zeros)).toBe(true);
    expect(checksum.isIntact(zeros)).toBe(false);
    for (const at of [0, 1, BLOCK_BYTES / 2, BLOCK_BYTES - 1]) {
      const block = zeros.slice();
      block[at] = 1;
      expect(isUnwritten(block)).toBe(false);
    }
    expect(isUnwritten(new Uint8Array(BLOCK_BYTES).fill(9))).toBe(false);
  });

  it("is fast enough to run on every byte that a backup reads", () => {
    const block = noise(BLOCK_BYTES, 3);
    for (let round = 0; round < 400; round++) checksum.of(block);
    const started = performance.now();
    for (let round = 0; round < 800; round++) checksum.of(block);
    const bytesPerSecond = (800 * BLOCK_BYTES) / ((performance.now() - started) / 1000);
    // Far below what it does (several GB/s), so that a busy machine does not fail it, far above BigInt arithmetic.
    expect(bytesPerSecond).toBeGreaterThan(400e6);
  });
});
