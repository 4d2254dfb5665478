import { z } from "zod";
import type { SqlResult } from "../../database/types";
import { hasRight } from "../rights";
import { answerJson } from "./answer";
import { defineRoute } from "./route";

/** One transaction of many small writes; the body's limit bounds the rest. */
const STATEMENTS_MAX = 1000;
const PARAMETERS_MAX = 10_000;

const parameter = z.union(
  [z.string(), z.number().refine(isExact, "too large to be exact in JSON, send it as text"), z.boolean(), z.null()],
  {
    error: "use a text, a number, true, false or null",
  },
);
const sql = z.string({ error: "give the statement as text" }).min(1, "give a statement");
const params = z
  .array(parameter, { error: "use a list of values" })
  .max(PARAMETERS_MAX, `at most ${PARAMETERS_MAX} values`);
const statements = z
  .array(z.object({ sql, params: params.optional() }), { error: "use a list of {sql, params?}" })
  .min(1, "give at least one statement")
  .max(STATEMENTS_MAX, `at most ${STATEMENTS_MAX} statements`);

/** One object rather than a union of two: its faults can name the field. */
const body = z
  .object({ sql: sql.optional(), params: params.optional(), statements: statements.optional() })
  .refine((given) => (given.sql === undefined) !== (given.statements === undefined), {
    error: "give either sql or statements",
    path: ["sql"],
  })
  .refine((given) => given.statements === undefined || given.params === undefined, {
    error: "belongs beside each sql inside statements",
    path: ["params"],
  })
  .meta({ oneOf: [{ required: ["sql"] }, { required: ["statements"] }] });

const resultSchema = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(z.json())),
    rowCount: z.number(),
    truncated: z.literal(true).optional().describe("Present when the row limit cut the result."),
  })
  .meta({ id: "SqlResult" });

export const sqlRoute = defineRoute({
  method: "POST",
  path: "/api/sql",
  summary: "Run SQL on the live database",
  description:
    "One statement, or several in one transaction. With sql:read in a read-only transaction, with sql:write without that limit. Takes a bearer token only.",
  body,
  bodyRequired: true,
  answers: {
    200: {
      description: "The result, or the results in order.",
      schema: z.union([resultSchema, z.object({ results: z.array(resultSchema) })]),
    },
  },
  errors: ["sql_refused", "sql_failed", "too_large", "database_busy", "sql_timeout", "sql_interrupted"],
  async handle({ context, request, body: { sql = "", params, statements } }) {
    const results = await context.nestegg.database.query({
      statements: statements ?? [{ sql, params }],
      access: hasRight(context.caller, "sql.write") ? "write" : "read",
      signal: request.signal,
    });
    const answers = results.map(toAnswer);
    return answerJson(statements ? { results: answers } : answers[0]);
  },
});

/** Not parsed by its schema: ten thousand rows of known origin are not worth a second walk. */
function toAnswer({ columns, rows, rowCount, truncated }: SqlResult) {
  return { columns, rows, rowCount, ...(truncated ? { truncated } : {}) };
}

/** JSON.parse rounds whole numbers beyond 2^53 without a word; the database would store another value than was sent. */
function isExact(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}
