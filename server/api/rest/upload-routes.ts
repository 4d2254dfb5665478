import { z } from "zod";
import { beginUploadInput, finishBody, uploadIdSchema } from "../input-restore";
import { answerJson } from "./answer";
import { answerRun } from "./answer-run";
import { defineRoute, type RestRoute } from "./route";
import { droppedAnswer, flagSchema, operationAnswer, uploadAnswer } from "./schemas";

const id = uploadIdSchema;

export const uploadRoutes: RestRoute[] = [
  defineRoute({
    method: "POST",
    path: "/api/admin/uploads",
    summary: "Begin to bring a database file",
    description: "The answer says in how many parts of which length it is to be sent.",
    body: beginUploadInput,
    bodyRequired: true,
    answers: { 201: { description: "The upload, with no part yet.", schema: uploadAnswer } },
    errors: ["disk_full"],
    async handle({ context, body }) {
      const upload = await context.nestegg.uploads.begin(context.caller, body);
      return answerJson(uploadAnswer.parse({ success: true, upload }), 201);
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/admin/uploads/:id",
    summary: "One upload, with the parts that are there",
    id,
    answers: { 200: { description: "The upload.", schema: uploadAnswer } },
    errors: ["not_found"],
    async handle({ context, id }) {
      const upload = await context.nestegg.uploads.get(id);
      return answerJson(uploadAnswer.parse({ success: true, upload }));
    },
  }),
  defineRoute({
    method: "POST",
    path: "/api/admin/uploads/:id/finish",
    summary: "Make a backup of the file",
    description:
      "Once every part is there: inspects the file and registers it, as the run's backupId. Needs no body. Answers at once with the run; with ?wait=true when it is over.",
    id,
    query: z.object({ wait: flagSchema }),
    body: finishBody,
    answers: {
      200: { description: "With wait: the backup is stored.", schema: operationAnswer },
      202: { description: "Without wait: the run has been recorded.", schema: operationAnswer },
    },
    errors: ["not_found", "conflict", "backup_damaged", "cancelled", "disk_full", "storage_unreachable"],
    async handle({ context, request, query: { wait }, id, body }) {
      const { operationId } = await context.nestegg.uploads.finish(context.caller, { id, ...body });
      return answerRun(context, request, { operationId, wait });
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/api/admin/uploads/:id",
    summary: "Drop an upload with its bytes",
    description: "An unknown one is no error.",
    id,
    answers: { 200: { description: "It is gone.", schema: droppedAnswer } },
    errors: ["conflict"],
    async handle({ context, id }) {
      await context.nestegg.uploads.drop(context.caller, { id });
      return answerJson(droppedAnswer.parse({ success: true }));
    },
  }),
];
