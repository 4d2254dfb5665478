import { z } from "zod";
import { AppError } from "../../errors";
import { backupIdSchema } from "../input";
import { answerJson } from "./answer";
import { finished } from "./finished";
import { defineRoute } from "./route";
import { flagSchema, operationAnswer } from "./schemas";

export const verifyRoute = defineRoute({
  method: "POST",
  path: "/api/admin/backup/:id/verify",
  summary: "Prove that a backup restores",
  description: "Answers at once with the run; with ?wait=true when it is over. A damaged backup is 409 backup_damaged.",
  query: z.object({ wait: flagSchema }),
  id: backupIdSchema,
  answers: {
    200: { description: "With wait: it is verified.", schema: operationAnswer },
    202: { description: "Without wait: the run has been recorded.", schema: operationAnswer },
  },
  errors: ["not_found", "backup_missing", "backup_damaged", "disk_full", "storage_unreachable"],
  async handle({ context, request, query, id }) {
    const { nestegg, caller } = context;
    const { operationId } = await nestegg.backups.verify(caller, { id });
    if (!query.wait) {
      const operation = await nestegg.operations.get(operationId);
      return answerJson(operationAnswer.parse({ success: true, operation }), 202);
    }
    const operation = await finished(context, operationId, request.signal);
    const { state, verification } = await nestegg.backups.get(id);
    if (state === "failed") {
      throw new AppError("backup_damaged", verification?.error ?? "The backup did not pass its verification.", {
        hint: "Take a new backup now; this one is kept for you to look at.",
      });
    }
    return answerJson(operationAnswer.parse({ success: true, operation }));
  },
});
