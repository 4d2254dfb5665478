import { AppError, hasCode } from "../errors";
import type { CheckBlocksJob, CheckBlocksResult, JobContext } from "./protocol";
import { SnapshotReader } from "./snapshot-reader";

const CHUNK_BYTES = 8 * 1024 * 1024;
/** A file that is written so busily that each reading meets a checkpoint and a bad block is looked at another time. */
const READINGS = 3;

export async function checkBlocks(job: CheckBlocksJob, context: JobContext): Promise<CheckBlocksResult> {
  for (let reading = 1; ; reading += 1) {
    const reader = await openHeader(job.path);
    try {
      await readAll(reader, context);
      return resultOf(reader, true);
    } catch (error) {
      // A checkpoint frees blocks, fills them anew and may cut the file: then what was read belongs to no one state.
      if (!hasCode(error, "snapshot_damaged") || (await reader.unchanged())) throw inPlace(error);
      if (reading === READINGS) return resultOf(reader, false);
    } finally {
      await reader.close();
    }
  }
}

/** A header that is being written may be read in halves, once; one that stays wrong is damaged. */
async function openHeader(path: string): Promise<SnapshotReader> {
  try {
    return await SnapshotReader.open(path);
  } catch (error) {
    if (!hasCode(error, "snapshot_damaged")) throw error;
    return SnapshotReader.open(path);
  }
}

async function readAll(reader: SnapshotReader, { signal, send }: JobContext): Promise<void> {
  const room = Buffer.allocUnsafe(reader.roomFor(CHUNK_BYTES));
  for (let done = 0; ; ) {
    if (signal.aborted) throw new AppError("cancelled", "Reading the live file was cancelled. Nothing was changed.");
    const part = await reader.next(CHUNK_BYTES, room);
    if (part === null) return;
    done += part.length;
    send({ type: "progress", doneBytes: done, totalBytes: reader.bytes });
  }
}

function resultOf(reader: SnapshotReader, settled: boolean): CheckBlocksResult {
  const { header, bytes, tornFreeBlocks } = reader;
  return {
    kind: "check-blocks",
    bytes,
    blocks: header.blockCount,
    tornFreeBlocks,
    storageVersion: header.storageVersion,
    writtenBy: header.engineVersion?.replace(/^v/, "") ?? null,
    settled,
  };
}

/** The reader's own words are those of a backup that was being taken. */
function inPlace(error: unknown): unknown {
  if (!hasCode(error, "snapshot_damaged")) return error;
  return new AppError("snapshot_damaged", error.message.replace("Nothing was stored; e", "E"), {
    hint: error.hint,
    cause: error,
  });
}
