import { AppError } from "../../errors";
import type { BackupView } from "../../nestegg";
import { answerJson } from "./answer";
import { finished } from "./finished";
import type { RestContext } from "./route";
import { createdAnswer } from "./schemas";

interface Wish {
  note?: string;
  tags?: Record<string, string>;
  verify: boolean;
}

/** The contract's first answer: names and forms are the deploy scripts', none may change. */
export async function createBackup(context: RestContext, wish: Wish, signal: AbortSignal): Promise<Response> {
  const { operationId } = await context.nestegg.backups.create(context.caller, wish);
  const { backupId } = await finished(context, operationId, signal);
  if (backupId === null) throw new AppError("internal", `Run ${operationId} ended well but names no backup.`);
  const backup = await context.nestegg.backups.get(backupId);
  return answerJson(
    createdAnswer.parse({
      success: true,
      backupId,
      timestamp: backup.timestamp,
      size: backup.size,
      tags: tagsOf(backup),
      bytes: backup.bytes,
      operationId,
      state: backup.state,
    }),
  );
}

/** The type wins over an own tag of that name, which only a foreign hand can have put into the manifest. */
function tagsOf({ type, tags }: BackupView): Record<string, string> {
  return Object.assign({ type }, tags, { type });
}
