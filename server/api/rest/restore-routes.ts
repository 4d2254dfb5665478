import { z } from "zod";
import type { ErrorCode } from "../../errors";
import { backupIdSchema } from "../input";
import { confirmBody } from "../input-restore";
import { requireConfirmed } from "../require-confirmed";
import { answerJson } from "./answer";
import { answerRun } from "./answer-run";
import { defineRoute, type RestAnswer, type RestRoute } from "./route";
import { flagSchema, keptAnswer, operationAnswer, restorePreviewAnswer } from "./schemas";

const id = backupIdSchema;
const query = z.object({ wait: flagSchema });

const RUN_ANSWERS: Record<number, RestAnswer> = {
  200: { description: "With wait: it is done.", schema: operationAnswer },
  202: { description: "Without wait: the run has been recorded.", schema: operationAnswer },
};
/** The first four before a run begins; with wait also what it may end with. */
const RUN_ERRORS: ErrorCode[] = [
  "not_found",
  "confirm_mismatch",
  "conflict",
  "backup_damaged",
  "backup_missing",
  "restore_rolled_back",
  "cancelled",
  "disk_full",
  "degraded",
  "database_busy",
  "database_unusable",
  "storage_unreachable",
];

export const restoreRoutes: RestRoute[] = [
  defineRoute({
    method: "GET",
    path: "/api/admin/backup/:id/restore-preview",
    summary: "What a restore would change",
    description: "Table by table, what was written since, disk, time, and what is in the way. Changes nothing.",
    id,
    answers: { 200: { description: "The preview.", schema: restorePreviewAnswer } },
    errors: ["not_found", "storage_unreachable"],
    async handle({ context, id }) {
      const preview = await context.nestegg.restores.preview({ id });
      return answerJson(restorePreviewAnswer.parse({ success: true, preview }));
    },
  }),
  defineRoute({
    method: "POST",
    path: "/api/admin/backup/:id/restore",
    summary: "Replace the live database by this backup",
    description:
      "`confirm` repeats the id. A safety backup is taken first and the replaced file is kept for an undo. Answers at once with the run; with ?wait=true when it is over.",
    id,
    query,
    body: confirmBody,
    bodyRequired: true,
    answers: RUN_ANSWERS,
    errors: RUN_ERRORS,
    async handle({ context, request, query: { wait }, id, body: { confirm, ...wish } }) {
      requireConfirmed(confirm, id);
      const { operationId } = await context.nestegg.restores.start(context.caller, { id, ...wish });
      return answerRun(context, request, { operationId, wait });
    },
  }),
  defineRoute({
    method: "POST",
    path: "/api/admin/restore/undo",
    summary: "Swap the database from before the last restore back",
    description:
      "`confirm` repeats the database's name. What was written since the restore is kept in a safety backup. Answers at once with the run; with ?wait=true when it is over.",
    query,
    body: confirmBody,
    bodyRequired: true,
    answers: RUN_ANSWERS,
    errors: RUN_ERRORS,
    async handle({ context, request, query: { wait }, body: { confirm, ...wish } }) {
      requireConfirmed(confirm, context.nestegg.facts.databaseName);
      const { operationId } = await context.nestegg.restores.undo(context.caller, wish);
      return answerRun(context, request, { operationId, wait });
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/admin/restore/kept",
    summary: "List replaced databases that are still there",
    description: "Newest first; the newest is the one that an undo brings back.",
    answers: { 200: { description: "The list.", schema: keptAnswer } },
    errors: [],
    async handle({ context }) {
      return answerJson(keptAnswer.parse({ kept: await context.nestegg.restores.kept() }));
    },
  }),
];
