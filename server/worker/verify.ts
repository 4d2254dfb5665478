import { open, rm } from "node:fs/promises";
import { systemClock } from "../clock";
import { type Inspection, inspectFile } from "../database/inspect";
import { hasCode } from "../errors";
import { openStore } from "../storage/open-store";
import { CheckedCopy } from "./checked-copy";
import type { JobContext, VerifyJob, VerifyResult } from "./protocol";

/**
 * Reads a stored backup back: every part against its SHA-256, every block against its checksum, and, with a scratch file, every
 * column of every row through DuckDB. Damage is a result (`failed`); trouble with the storage or the disk is an error.
 */
export async function verify(job: VerifyJob, context: JobContext): Promise<VerifyResult> {
  const store = await openStore(job.store, { clock: systemClock });
  const scratch = job.scratchFile === null ? null : await open(job.scratchFile, "w+", 0o600);
  const copy = new CheckedCopy(job, store, { target: scratch, resume: false, base: null });
  try {
    await copy.readAll(context);
    await copy.judgeBadBlocks(context.signal);
    await scratch?.close();
    context.send({ type: "phase", name: "opening" });
    const inspection = job.scratchFile === null ? null : await inspectFile(job.scratchFile, { signal: context.signal });
    return resultOf(copy, { result: inspection ? "verified" : "checked", error: null, inspection });
  } catch (error) {
    if (!hasCode(error, "backup_damaged", "backup_missing", "snapshot_damaged")) throw error;
    return resultOf(copy, { result: "failed", error: error.message, inspection: null });
  } finally {
    await scratch?.close();
    if (job.scratchFile !== null) await rm(job.scratchFile, { force: true });
  }
}

function resultOf(
  copy: CheckedCopy,
  verdict: { result: VerifyResult["result"]; error: string | null; inspection: Inspection | null },
): VerifyResult {
  return {
    kind: "verify",
    ...verdict,
    parts: copy.hashes,
    headerSha256: copy.header?.sha256 ?? "",
    storageVersion: copy.header?.storageVersion ?? "unknown",
  };
}
