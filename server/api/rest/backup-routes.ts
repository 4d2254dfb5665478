import { z } from "zod";
import { AppError, type ErrorCode } from "../../errors";
import type { BackupState } from "../../nestegg";
import { backupIdSchema, createBackupInput, lockBody, marksBody, statusBody } from "../input";
import { requireRight } from "../rights";
import { answerJson } from "./answer";
import { createBackup } from "./create-backup";
import { defineRoute, type RestRoute } from "./route";
import {
  backupAnswer,
  backupDetailAnswer,
  backupsAnswer,
  createdAnswer,
  deletedAnswer,
  flagSchema,
  pageQuery,
} from "./schemas";

/** A backup that is listed is whole: runs in progress, lost objects and unknown ones are for the dashboard. */
const WHOLE_STATES: BackupState[] = ["stored", "verifying", "checked", "verified", "failed", "deleting"];

const id = backupIdSchema;

export const backupRoutes: RestRoute[] = [
  defineRoute({
    method: "POST",
    path: "/api/admin/backup",
    summary: "Take a backup now",
    description:
      "Answers when the backup is stored, with ?verify=true when it has been verified too. Needs no body. The run goes on when the caller leaves.",
    query: z.object({ verify: flagSchema }),
    body: createBackupInput.unwrap().pick({ note: true, tags: true }),
    answers: { 200: { description: "The backup is stored.", schema: createdAnswer } },
    errors: [
      "too_many_requests",
      "cancelled",
      "backup_damaged",
      "checkpoint_blocked",
      "disk_full",
      "storage_unreachable",
    ],
    handle: ({ context, request, query, body }) =>
      createBackup(context, { ...body, verify: query.verify }, request.signal),
  }),
  defineRoute({
    method: "GET",
    path: "/api/admin/backups",
    summary: "List backups, newest first",
    description: "Without limit all of them, up to 1,000; pass nextCursor as cursor for more.",
    query: z.object(pageQuery),
    answers: { 200: { description: "The list.", schema: backupsAnswer } },
    errors: ["storage_unreachable"],
    async handle({ context, query }) {
      // The bucket is the truth: a script that lists after a backup must see it. Later pages go on with the same reading.
      const fresh = query.cursor === undefined;
      const list = await context.nestegg.backups.list({ ...query, states: WHOLE_STATES, fresh });
      const { backups, nextCursor, readAt, problem } = list;
      // Never read: an empty list would say that there are no backups.
      if (readAt === null && problem)
        throw new AppError(problem.code as ErrorCode, problem.message, { hint: problem.hint ?? undefined });
      return answerJson(backupsAnswer.parse({ backups, nextCursor, readAt, problem }));
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/admin/backup/:id",
    summary: "One backup with its manifest",
    id,
    answers: { 200: { description: "The backup.", schema: backupDetailAnswer } },
    errors: ["not_found"],
    async handle({ context, id }) {
      const backup = await context.nestegg.backups.get(id);
      return answerJson(backupDetailAnswer.parse({ success: true, backup }));
    },
  }),
  defineRoute({
    method: "PUT",
    path: "/api/admin/backup/:id/status",
    summary: "Mark as latest restored, or clear the mark",
    description: "At most one backup holds it; null clears it.",
    id,
    body: statusBody,
    bodyRequired: true,
    answers: { 200: { description: "The backup as it is now.", schema: backupAnswer } },
    errors: ["not_found", "backup_missing"],
    async handle({ context, id, body }) {
      const backup = await context.nestegg.backups.setStatus(context.caller, { id, ...body });
      return answerJson(backupAnswer.parse({ success: true, backup }));
    },
  }),
  defineRoute({
    method: "PUT",
    path: "/api/admin/backup/:id/tags",
    summary: "Set tags, the note or both",
    description: "Tags replace all own tags; what is left out stays.",
    id,
    body: marksBody,
    bodyRequired: true,
    answers: { 200: { description: "The backup as it is now.", schema: backupAnswer } },
    errors: ["not_found", "backup_missing"],
    async handle({ context, id, body }) {
      const backup = await context.nestegg.backups.tag(context.caller, { id, ...body });
      return answerJson(backupAnswer.parse({ success: true, backup }));
    },
  }),
  defineRoute({
    method: "PUT",
    path: "/api/admin/backup/:id/lock",
    summary: "Lock or unlock",
    description: "A locked backup is never deleted. Unlocking takes an admin, or a token with backups:delete.",
    id,
    body: lockBody,
    bodyRequired: true,
    answers: { 200: { description: "The backup as it is now.", schema: backupAnswer } },
    errors: ["not_found", "backup_missing"],
    async handle({ context, id, body }) {
      if (!body.locked) requireRight(context.caller, "backups.unlock");
      const backup = await context.nestegg.backups.lock(context.caller, { id, ...body });
      return answerJson(backupAnswer.parse({ success: true, backup }));
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/api/admin/backup/:id",
    summary: "Delete after ten minutes",
    description:
      "Until deletesAt it can be taken back. Refused for the newest good, a locked and the latest restored backup.",
    id,
    answers: { 202: { description: "It will be deleted.", schema: deletedAnswer } },
    errors: ["not_found", "backup_protected", "backup_in_use", "not_owner"],
    async handle({ context, id }) {
      const removed = await context.nestegg.backups.remove(context.caller, { id });
      return answerJson(deletedAnswer.parse({ success: true, ...removed }), 202);
    },
  }),
  defineRoute({
    method: "POST",
    path: "/api/admin/backup/:id/undelete",
    summary: "Take a deletion back",
    id,
    answers: { 200: { description: "The backup as it is now.", schema: backupAnswer } },
    errors: ["not_found", "conflict"],
    async handle({ context, id }) {
      const backup = await context.nestegg.backups.undelete(context.caller, { id });
      return answerJson(backupAnswer.parse({ success: true, backup }));
    },
  }),
];
