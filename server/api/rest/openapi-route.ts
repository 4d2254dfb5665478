import { answerJson } from "./answer";
import { openApiDocument } from "./openapi-document";
import { defineRoute, type RestRoute } from "./route";

export function openApiRoute(others: RestRoute[]): RestRoute {
  const own: RestRoute = defineRoute({
    method: "GET",
    path: "/api/admin/openapi.json",
    summary: "This document",
    answers: { 200: { description: "OpenAPI 3.1.", contentType: "application/json" } },
    errors: [],
    handle: async ({ context }) => answerJson(openApiDocument(context.nestegg.facts, [...others, own])),
  });
  return own;
}
