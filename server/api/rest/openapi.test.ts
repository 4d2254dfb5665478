import { expect, test } from "vitest";
import { z } from "zod";
import { RIGHTS, type RightName } from "../rights";
import { createFakeNestegg } from "../testing/fake-nestegg";
import { FAKE_SECRET } from "../testing/fake-views";
import { serveApi } from "../testing/serve-api";
import { restRoutes } from "./routes";

/** The parts of OpenAPI 3.1 that the document uses; what does not fit is a fault. */
const schemaObject = z.union([z.boolean(), z.record(z.string(), z.unknown())]);
const content = z.record(z.string().regex(/^\w+\/[\w.-]+$/), z.strictObject({ schema: schemaObject.optional() }));
const operation = z.strictObject({
  operationId: z.string().regex(/^[a-z_]+$/),
  summary: z.string().min(1),
  description: z.string().min(1),
  security: z.array(z.partialRecord(z.enum(["bearer", "session"]), z.array(z.string()).length(1))),
  parameters: z.array(
    z.strictObject({ name: z.string(), in: z.enum(["path", "query"]), required: z.boolean(), schema: schemaObject }),
  ),
  requestBody: z.strictObject({ description: z.string().optional(), required: z.boolean(), content }).optional(),
  responses: z.record(
    z.string().regex(/^[2345]\d\d$/),
    z.strictObject({ description: z.string().min(1), content: content.optional() }),
  ),
});
const documentSchema = z.strictObject({
  openapi: z.literal("3.1.0"),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.url() })),
  paths: z.record(z.string().startsWith("/api/"), z.partialRecord(z.enum(["get", "put", "post", "delete"]), operation)),
  components: z.strictObject({
    schemas: z.record(z.string(), schemaObject),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.enum(["http", "apiKey"]) })),
  }),
});

async function readDocument() {
  const api = await serveApi(createFakeNestegg());
  try {
    const answer = await fetch(`${api.url}/api/admin/openapi.json`);
    expect(answer.headers.get("content-type")).toContain("application/json");
    return documentSchema.parse(await answer.json());
  } finally {
    await api.close();
  }
}

test("the document is OpenAPI 3.1 and holds every route, with its scope and the shape of its errors", async () => {
  const document = await readDocument();
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
  );
  expect(described.sort()).toEqual(restRoutes.map(({ method, path }) => `${method} ${path}`).sort());

  for (const name of described) {
    const [method = "", path = ""] = name.split(" ");
    const entry = Object.entries(document.paths[path.replace(/:(\w+)/g, "{$1}")] ?? {}).find(
      ([m]) => m === method.toLowerCase(),
    )?.[1];
    const right = RIGHTS[name as RightName];
    const words = right === "public" ? [] : [...right.scopes, ...(right.role ? [right.role] : [])];
    expect(entry?.security.flatMap((one) => Object.values(one).flat())).toEqual(words);
    for (const word of words) expect(entry?.description).toContain(word);
    const variables = entry?.parameters.filter((one) => one.in === "path").map((one) => `:${one.name}`);
    expect(variables).toEqual(path.match(/:\w+/g) ?? []);
    for (const [status, answer] of Object.entries(entry?.responses ?? {})) {
      if (Number(status) < 400) continue;
      expect(answer.content?.["application/json"]?.schema).toEqual({ $ref: "#/components/schemas/Failure" });
    }
    if (right !== "public")
      expect(Object.keys(entry?.responses ?? {})).toEqual(expect.arrayContaining(["401", "403", "500", "503"]));
  }
});

test("every reference leads somewhere, every name is used once, and no secret is in it", async () => {
  const document = await readDocument();
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target = ""]) => target);
  expect(references.length).toBeGreaterThan(20);
  for (const target of new Set(references)) {
    expect(Object.keys(document.components.schemas)).toContain(target.replace("#/components/schemas/", ""));
  }
  const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((one) => one?.operationId));
  expect(new Set(ids).size).toBe(ids.length);
  expect(text).not.toContain("$defs");
  expect(text).not.toContain(FAKE_SECRET);
});

test("what a deploy script sends and gets is described field by field", async () => {
  const { paths, components } = await readDocument();
  const create = paths["/api/admin/backup"]?.post;
  expect(create?.requestBody).toMatchObject({ required: false });
  expect(JSON.stringify(create?.responses["200"])).toContain(
    '"required":["success","backupId","timestamp","size","tags"',
  );
  expect(create?.parameters).toEqual([
    { name: "verify", in: "query", required: false, schema: { type: "boolean", default: false } },
  ]);
  expect(components.schemas.Failure).toMatchObject({ required: ["success", "error"] });
});
