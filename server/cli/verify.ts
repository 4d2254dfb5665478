import { summarise, verifyWithin } from "../backups/verify";
import { AppError, hasCode, isAppError } from "../errors";
import { type Bucket, openBucket } from "./bucket";
import { chooseBackup } from "./choose-backup";
import type { Cli, Outcome } from "./cli";
import { createTerminalRun } from "./terminal-run";

/** Reads a backup back and proves it, and writes the result into its manifest, where every server finds it. */
export async function verify(cli: Cli, { word }: { word: string }): Promise<Outcome> {
  const bucket = await openBucket(cli);
  const id = await chooseBackup(bucket, word);
  const recorder = patientRecorder(bucket);
  try {
    const result = await verifyWithin({ ...bucket, manifests: recorder }, id, createTerminalRun(cli));
    const tables = result.inspection?.tables.map(({ schema, name, rows }) => ({ schema, name, rows })) ?? null;
    const notRecorded = recorder.failure?.message ?? null;
    return {
      text: `${id} is ${result.result}. ${summarise(result)}${notRecorded ? `\nThe result could not be written into its manifest: ${notRecorded}` : ""}`,
      json: { id, result: result.result, tables, recorded: notRecorded === null },
    };
  } catch (error) {
    if (!hasCode(error, "backup_damaged")) throw error;
    throw new AppError(error.code, `${id}: ${error.message}`, { hint: error.hint, cause: error });
  }
}

/** A result that cannot be recorded, with a key that may only read for instance, is a result all the same. */
function patientRecorder({ manifests, catalog }: Bucket): Recorder {
  const recorder: Recorder = {
    failure: null,
    async update(id, change) {
      try {
        return await manifests.update(id, change);
      } catch (error) {
        const read = isAppError(error) ? await catalog.readManifest(id) : null;
        if (!isAppError(error) || !read) throw error;
        recorder.failure = error;
        return change(read.manifest);
      }
    },
  };
  return recorder;
}

interface Recorder extends Pick<Bucket["manifests"], "update"> {
  failure: AppError | null;
}
