import { AppError } from "../errors";
import { createBlockChecksum } from "./block-checksum";
import { type FileHeader, HEADER_BYTES, NO_BLOCK } from "./file-format";

/** DuckDB cuts a metadata block into 64 pieces; a piece begins with the address of the next one. */
const PIECES_PER_BLOCK = 64;
const CHECKSUM_BYTES = 8;
const NEXT_POINTER_BYTES = 8;
/** A metadata address: block id in the low 56 bits, piece in the high 8. */
const PIECE_SHIFT = 56n;

/** Reads exactly `length` bytes at `offset`; shorter only at the end of the file. */
export type ReadBytes = (offset: number, length: number) => Promise<Uint8Array>;

/**
 * The blocks that nothing in the checkpointed state uses. DuckDB never reads them before it has written them anew, and
 * writers may be writing them right now: their content may be torn, and that is no damage. Blocks beyond the file's
 * end that the header still counts are among them.
 * Throws `snapshot_damaged` when the list itself, which lies in blocks that are in use, does not check out.
 */
export async function readFreeBlocks(read: ReadBytes, header: FileHeader): Promise<Set<number>> {
  const free = new Set<number>();
  if (header.freeList === NO_BLOCK) return free;
  const words = listWords(read, header);
  const count = await nextWord(words);
  if (count > BigInt(header.blockCount)) throw damagedList("it names more blocks than the file has");
  for (let index = 0n; index < count; index++) {
    const block = await nextWord(words);
    if (block >= BigInt(header.blockCount)) throw damagedList("it names a block that does not exist");
    free.add(Number(block));
  }
  // Two more lists follow (blocks used several times, metadata blocks); what they name is in use.
  return free;
}

async function nextWord(words: AsyncGenerator<bigint, void>): Promise<bigint> {
  const next = await words.next();
  if (next.done === true) throw damagedList("it ends too early");
  return next.value;
}

/** The list's content as 64-bit words: pieces hold 4,088 bytes, so a word never straddles two. */
async function* listWords(read: ReadBytes, header: FileHeader): AsyncGenerator<bigint, void> {
  const pieceBytes = Math.floor((header.blockBytes - CHECKSUM_BYTES) / PIECES_PER_BLOCK / 8) * 8;
  const loadBlock = blockLoader(read, header);
  const seen = new Set<bigint>();
  for (let pointer = header.freeList; pointer !== NO_BLOCK; ) {
    if (seen.has(pointer)) throw damagedList("it runs in a circle");
    seen.add(pointer);
    const piece = Number(pointer >> PIECE_SHIFT);
    if (piece >= PIECES_PER_BLOCK) throw damagedList("it points outside of a block");
    const block = await loadBlock(Number(BigInt.asUintN(Number(PIECE_SHIFT), pointer)));
    const view = new DataView(block.buffer, block.byteOffset + CHECKSUM_BYTES + piece * pieceBytes, pieceBytes);
    pointer = view.getBigUint64(0, true);
    for (let at = NEXT_POINTER_BYTES; at < pieceBytes; at += 8) yield view.getBigUint64(at, true);
  }
}

/** Keeps the last block: a list's pieces usually lie side by side in one. */
function blockLoader(read: ReadBytes, header: FileHeader): (id: number) => Promise<Uint8Array> {
  const checksum = createBlockChecksum();
  let kept: { id: number; block: Uint8Array } | null = null;
  return async (id) => {
    if (kept?.id === id) return kept.block;
    if (id >= header.blockCount) throw damagedList("it lies in a block that does not exist");
    const block = await read(HEADER_BYTES + id * header.blockBytes, header.blockBytes);
    if (block.length !== header.blockBytes || !checksum.isIntact(block)) {
      throw damagedList(`the checksum of block ${id}, where it lies, does not match`);
    }
    kept = { id, block };
    return block;
  };
}

function damagedList(what: string): AppError {
  return new AppError("snapshot_damaged", `The database file's list of free blocks is damaged: ${what}.`, {
    hint: "The file itself is damaged. Restore a backup; take none of this file.",
  });
}
