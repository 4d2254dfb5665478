import { z } from "zod";
import { ERROR_STATUS, type ErrorCode } from "../../errors";
import type { ServerFacts } from "../../nestegg";
import { RIGHTS, type Right, type RightName } from "../rights";
import type { RestRoute } from "./route";
import { failureAnswer } from "./schemas";

type Json = Record<string, unknown>;

/** What any guarded route may answer besides its own errors. */
const COMMON_ERRORS: ErrorCode[] = ["unauthenticated", "forbidden", "internal", "starting", "stopping"];
const DEFS = "#/$defs/";
const COMPONENTS = "#/components/schemas/";

/** Built from the same table that answers, so that it cannot tell of another door. */
export function openApiDocument(facts: Pick<ServerFacts, "version" | "publicUrl">, routes: RestRoute[]): Json {
  const components: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route, components) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Nestegg",
      version: facts.version,
      description: "Every answer that is no success is a Failure: {success:false, error:{code, message, hint}}.",
    },
    servers: [{ url: facts.publicUrl }],
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API token; the listed word is the scope it needs." },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "nestegg.session",
          description:
            "The dashboard's own sign-in (behind https its name begins with __Secure-); changes need its Origin. The listed word is the least role.",
        },
      },
    },
  };
}

function describeRoute(route: RestRoute, components: Json): Json {
  const right: Right = RIGHTS[`${route.method} ${route.path}` as RightName];
  return {
    operationId: `${route.method} ${route.path}`.toLowerCase().replace(/[^a-z]+/g, "_"),
    summary: route.summary,
    description: [route.description, describeRight(right)].filter(Boolean).join(" "),
    security: security(right),
    parameters: parameters(route, components),
    ...requestBody(route, components),
    responses: { ...successes(route, components), ...failures(route, right, components) },
  };
}

function describeRight(right: Right): string {
  if (right === "public") return "Open to everybody.";
  const token = right.scopes.length > 0 ? `a token with ${right.scopes.join(" or ")}` : "";
  const person = right.role ? `a signed-in ${right.role}` : "";
  return `For ${[token, person].filter(Boolean).join(", or ")}.`;
}

function security(right: Right): Json[] {
  if (right === "public") return [];
  return [...right.scopes.map((scope) => ({ bearer: [scope] })), ...(right.role ? [{ session: [right.role] }] : [])];
}

function parameters({ query, id, part }: RestRoute, components: Json): Json[] {
  const inPath = Object.entries({ id, part }).flatMap(([name, schema]) =>
    schema ? [{ name, in: "path", required: true, schema: toSchema(schema, "output", components) }] : [],
  );
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: false,
    // What the switch means, not the words it is written with.
    schema: toSchema(schema as z.ZodType, "output", components),
  }));
  return [...inPath, ...inQuery];
}

function requestBody({ bodyRequired = false, body, binaryBody }: RestRoute, components: Json): Json {
  if (binaryBody) {
    const content = { "application/octet-stream": {} };
    return { requestBody: { description: binaryBody.description, required: true, content } };
  }
  if (!body) return {};
  const content = { "application/json": { schema: toSchema(body, "input", components) } };
  return { requestBody: { required: bodyRequired, content } };
}

function successes({ answers }: RestRoute, components: Json): Json {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, contentType }]) => {
      if (!schema && !contentType) return [status, { description }];
      const content = {
        [contentType ?? "application/json"]: schema ? { schema: toSchema(schema, "output", components) } : {},
      };
      return [status, { description, content }];
    }),
  );
}

function failures(route: RestRoute, right: Right, components: Json): Json {
  const codes = new Set<ErrorCode>([...(right === "public" ? [] : COMMON_ERRORS), ...route.errors]);
  if (route.body || route.query || route.id) codes.add("invalid_input");
  if (route.body || route.binaryBody) codes.add("too_large");
  if (right !== "public" && right.role && route.method !== "GET") codes.add("bad_origin");
  const statuses = new Set([...codes].map((code) => ERROR_STATUS[code]));
  const content = { "application/json": { schema: toSchema(failureAnswer, "output", components) } };
  return Object.fromEntries(
    [...statuses].map((status) => {
      const names = [...codes].filter((code) => ERROR_STATUS[code] === status);
      return [status, { description: names.join(", "), content }];
    }),
  );
}

/** Named schemas move to the components, so that each is written once. */
function toSchema(schema: z.ZodType, io: "input" | "output", components: Json): Json {
  const { $schema: _, $defs, ...own } = z.toJSONSchema(schema, { target: "draft-2020-12", io }) as Json;
  for (const [name, definition] of Object.entries(($defs ?? {}) as Json)) components[name] = relocate(definition);
  return relocate(own) as Json;
}

function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === "$ref" && typeof inner === "string" ? [key, inner.replace(DEFS, COMPONENTS)] : [key, relocate(inner)],
    ),
  );
}
