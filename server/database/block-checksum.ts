/** DuckDB's checksum starts from this value and mixes in every 8-byte word multiplied by the factor below. */
const START = 5381n;
const WORD_FACTOR = 0xbf58476d1ce4e5b9n;
/** Bytes after the last whole word go through a Murmur-like hash with these two. Only WAL entries have such bytes. */
const TAIL_FACTOR = 0xc6a4a7935bd1e995n;
const TAIL_SEED = 0xe17a1465n;
const TAIL_SHIFT = 47n;

const CHECKSUM_BYTES = 8;
const WASM_PAGE_BYTES = 65_536;
/** One default block at a time: it stays in the CPU's cache between the copy and the sum. */
const WINDOW_BYTES = 4 * WASM_PAGE_BYTES;

export interface BlockChecksum {
  /** DuckDB's 64-bit checksum of any number of bytes. */
  of(bytes: Uint8Array): bigint;
  /** True when a whole block (its checksum, then its content) is as DuckDB wrote it. */
  isIntact(block: Uint8Array): boolean;
}

/** Each caller has its own: it owns a little WebAssembly memory and must not be shared between threads. */
export function createBlockChecksum(): BlockChecksum {
  const memory = new WebAssembly.Memory({ initial: WINDOW_BYTES / WASM_PAGE_BYTES });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(checksumModule()), { host: { memory } });
  const mix = instance.exports.mix as (length: number) => bigint;
  const window = new Uint8Array(memory.buffer);
  const of = (bytes: Uint8Array): bigint => {
    let sum = START;
    for (let start = 0; start < bytes.length; start += WINDOW_BYTES) {
      const piece = bytes.subarray(start, start + WINDOW_BYTES);
      window.set(piece);
      sum ^= BigInt.asUintN(64, mix(piece.length));
    }
    return sum;
  };
  return {
    of,
    isIntact: (block) => block.length > CHECKSUM_BYTES && storedChecksum(block) === of(block.subarray(CHECKSUM_BYTES)),
  };
}

/** The same sum, slowly: for headers, and as the measure that the fast one is tested against. */
export function plainChecksum(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wholeBytes = bytes.length - (bytes.length % 8);
  let sum = START;
  for (let at = 0; at < wholeBytes; at += 8) sum ^= BigInt.asUintN(64, view.getBigUint64(at, true) * WORD_FACTOR);
  return wholeBytes === bytes.length ? sum : sum ^ plainTail(bytes.subarray(wholeBytes));
}

export function storedChecksum(block: Uint8Array): bigint {
  return new DataView(block.buffer, block.byteOffset, CHECKSUM_BYTES).getBigUint64(0, true);
}

/** Room in the file that was never written: all zero. DuckDB never stores such a block, not even an empty one. */
export function isUnwritten(block: Uint8Array): boolean {
  if (block.length === 0 || block[0] !== 0) return false;
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  // Every byte equals the one before it: one memcmp instead of a loop.
  return bytes.subarray(1).equals(bytes.subarray(0, -1));
}

function plainTail(bytes: Uint8Array): bigint {
  let word = 0n;
  for (const byte of [...bytes].reverse()) word = (word << 8n) | BigInt(byte);
  let hash = BigInt.asUintN(
    64,
    (TAIL_SEED ^ BigInt.asUintN(64, BigInt(bytes.length) * TAIL_FACTOR) ^ word) * TAIL_FACTOR,
  );
  hash = BigInt.asUintN(64, (hash ^ (hash >> TAIL_SHIFT)) * TAIL_FACTOR);
  return hash ^ (hash >> TAIL_SHIFT);
}

// JavaScript has no fast 64-bit multiplication, WebAssembly has: about 5 GB/s, the copy included. The module is small
// enough to be written out here, one instruction a line, so that no build step and no binary file is needed.
const I32 = 0x7f;
const I64 = 0x7e;
const NO_RESULT = 0x40;
const op = {
  block: 0x02,
  loop: 0x03,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  get: 0x20,
  set: 0x21,
  i64Load: 0x29,
  i64Load8: 0x31,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Eqz: 0x45,
  i32GreaterEqual: 0x4f,
  i32Add: 0x6a,
  i32Subtract: 0x6b,
  i32And: 0x71,
  i64Multiply: 0x7e,
  i64Or: 0x84,
  i64Xor: 0x85,
  i64ShiftLeft: 0x86,
  i64ShiftRight: 0x88,
  i64FromI32: 0xad,
} as const;

/** `mix(length)`: the words of memory[0, length) multiplied and xored, then the hash of the 0 to 7 bytes that remain. */
function checksumModule(): Uint8Array<ArrayBuffer> {
  const [length, at, sum, word] = [0, 1, 2, 3];
  const addressing = [0, 0];
  const shiftMix = [
    ...[op.get, word, op.get, word, op.i64Const, ...signedLeb(TAIL_SHIFT), op.i64ShiftRight, op.i64Xor],
    ...[op.set, word],
  ];
  const timesTailFactor = [
    ...[op.get, word, op.i64Const, ...signedLeb(TAIL_FACTOR), op.i64Multiply],
    ...[op.set, word],
  ];
  const code = [
    ...[op.block, NO_RESULT, op.loop, NO_RESULT],
    ...[op.get, at, op.get, length, op.i32Const, ...signedLeb(-8n), op.i32And, op.i32GreaterEqual, op.brIf, 1],
    ...[op.get, at, op.i64Load, ...addressing, op.i64Const, ...signedLeb(WORD_FACTOR), op.i64Multiply],
    ...[op.get, sum, op.i64Xor, op.set, sum],
    ...[op.get, at, op.i32Const, 8, op.i32Add, op.set, at],
    ...[op.br, 0, op.end, op.end],
    // `at` stands at the first byte of the tail; without a tail the sum is done.
    ...[op.block, NO_RESULT, op.get, length, op.get, at, op.i32Subtract, op.i32Eqz, op.brIf, 0],
    ...[op.block, NO_RESULT, op.loop, NO_RESULT],
    ...[op.get, length, op.get, at, op.i32Subtract, op.i32Eqz, op.brIf, 1],
    // Read backwards from the end: the last byte is the highest. `length` walks down to `at`.
    ...[op.get, length, op.i32Const, 1, op.i32Subtract, op.set, length],
    ...[op.get, word, op.i64Const, 8, op.i64ShiftLeft],
    ...[op.get, length, op.i64Load8, ...addressing, op.i64Or, op.set, word],
    ...[op.br, 0, op.end, op.end],
    ...[op.get, word, op.i64Const, ...signedLeb(TAIL_SEED), op.i64Xor],
    ...[op.get, 4, op.i64FromI32, op.i64Const, ...signedLeb(TAIL_FACTOR), op.i64Multiply, op.i64Xor, op.set, word],
    ...timesTailFactor,
    ...shiftMix,
    ...timesTailFactor,
    ...shiftMix,
    ...[op.get, sum, op.get, word, op.i64Xor, op.set, sum],
    ...[op.end, op.get, sum, op.end],
  ];
  // The tail's own length is needed after `length` has walked down: kept in local 4 before anything else runs.
  const keepTailLength = [op.get, length, op.i32Const, 7, op.i32And, op.set, 4];
  const locals = [4, 1, I32, 1, I64, 1, I64, 1, I32];
  const body = [...locals, ...keepTailLength, ...code];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 1, I32, 1, I64]),
    ...section(2, [1, ...text("host"), ...text("memory"), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text("mix"), 0x00, 0]),
    ...section(10, [1, ...unsignedLeb(body.length), ...body]),
  ]);
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsignedLeb(content.length), ...content];
}

function text(word: string): number[] {
  return [word.length, ...Buffer.from(word)];
}

function unsignedLeb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsignedLeb(value >>> 7)];
}

function signedLeb(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asIntN(64, value); ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    const next = rest >> 7n;
    const last = (next === 0n && (low & 0x40) === 0) || (next === -1n && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}
