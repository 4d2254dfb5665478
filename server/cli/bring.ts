import { type BringInput, type Brought, bringBackup } from "../backups/bring-backup";
import { AppError, hasCode } from "../errors";
import type { Bucket } from "./bucket";
import { nextOlder, timeOf } from "./choose-backup";

/** Like the server's, but a damaged backup comes with the name of the one to take instead. */
export async function bring(bucket: Bucket, input: BringInput): Promise<Brought> {
  try {
    return await bringBackup(bucket, input);
  } catch (error) {
    if (!hasCode(error, "backup_damaged", "backup_missing")) throw error;
    const older = await nextOlder(bucket, input.id);
    throw new AppError(error.code, `${input.id}: ${error.message}`, {
      hint: older ? `The next older good backup is ${older.id}, of ${timeOf(older)}: name it to take it.` : error.hint,
      cause: error,
    });
  }
}
