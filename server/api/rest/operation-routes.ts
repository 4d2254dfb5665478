import { z } from "zod";
import { cancelOperation } from "../cancel-operation";
import { backupIdSchema, operationIdSchema, operationKindSchema, operationStateSchema } from "../input";
import { answerJson } from "./answer";
import { defineRoute, type RestRoute } from "./route";
import { operationAnswer, operationsAnswer, pageQuery } from "./schemas";

const id = operationIdSchema;

export const operationRoutes: RestRoute[] = [
  defineRoute({
    method: "GET",
    path: "/api/admin/operations",
    summary: "List runs, newest first",
    query: z.object({
      ...pageQuery,
      backupId: backupIdSchema.optional(),
      kind: operationKindSchema.optional(),
      state: operationStateSchema.optional(),
    }),
    answers: { 200: { description: "The list.", schema: operationsAnswer } },
    errors: [],
    async handle({ context, query: { kind, state, ...filter } }) {
      const list = await context.nestegg.operations.list({
        ...filter,
        kinds: kind && [kind],
        states: state && [state],
      });
      return answerJson(operationsAnswer.parse(list));
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/admin/operations/:id",
    summary: "One run, live or over",
    id,
    answers: { 200: { description: "The run.", schema: operationAnswer } },
    errors: ["not_found"],
    async handle({ context, id }) {
      const operation = await context.nestegg.operations.get(id);
      return answerJson(operationAnswer.parse({ success: true, operation }));
    },
  }),
  defineRoute({
    method: "POST",
    path: "/api/admin/operations/:id/cancel",
    summary: "Ask a run to stop",
    description: "One's own, or any as an admin. Refused once it is over or cannot stop any more.",
    id,
    answers: { 200: { description: "The run as it is now.", schema: operationAnswer } },
    errors: ["not_found", "conflict"],
    async handle({ context, id }) {
      const operation = await cancelOperation(context, id);
      return answerJson(operationAnswer.parse({ success: true, operation }));
    },
  }),
];
