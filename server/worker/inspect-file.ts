import { inspectFile } from "../database/inspect";
import { AppError, hasCode } from "../errors";
import type { InspectJob, InspectResult, JobContext } from "./protocol";
import { SnapshotReader } from "./snapshot-reader";

const CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * Proves a file that lies on this machine and that nobody has open: header, every block's checksum (a free block may be torn),
 * every column of every row. Throws `snapshot_damaged`, or `database_unusable` for a file that is no DuckDB or of a newer engine.
 */
export async function inspect(job: InspectJob, context: JobContext): Promise<InspectResult> {
  const reader = await openReader(job.path);
  try {
    await readBlocks(reader, context);
  } catch (error) {
    if (!hasCode(error, "snapshot_damaged")) throw error;
    throw new AppError("snapshot_damaged", error.message, {
      hint: "Use another file or backup; the live database is not affected.",
      cause: error,
    });
  } finally {
    await reader.close();
  }
  context.send({ type: "opening" });
  const inspection = await inspectFile(job.path, { signal: context.signal });
  const { sha256, storageVersion, engineVersion } = reader.header;
  return {
    kind: "inspect",
    inspection,
    writtenBy: engineVersion?.replace(/^v/, "") ?? null,
    bytes: reader.bytes,
    headerSha256: sha256,
    storageVersion,
  };
}

/** The header's own hint is meant for the database that a server is started with. */
async function openReader(path: string): Promise<SnapshotReader> {
  try {
    return await SnapshotReader.open(path);
  } catch (error) {
    if (!hasCode(error, "database_unusable")) throw error;
    const hint = "Choose a file that this or an older DuckDB wrote, closed by the program that wrote it.";
    throw new AppError("database_unusable", error.message, { hint, cause: error });
  }
}

async function readBlocks(reader: SnapshotReader, { signal, send }: JobContext): Promise<void> {
  for (let done = 0; !signal.aborted; ) {
    const part = await reader.next(CHUNK_BYTES);
    if (part === null) return reader.requireWhole();
    done += part.length;
    send({ type: "progress", doneBytes: done, totalBytes: reader.bytes });
  }
}
