import type { z } from "zod";
import type { Caller } from "../../control/types";
import type { ErrorCode } from "../../errors";
import type { ApiContext } from "../context";
import { readJson } from "./read-json";

/** A context whose caller has passed the rights table. */
export interface RestContext extends ApiContext {
  caller: Caller;
}

export interface RestAnswer {
  description: string;
  schema?: z.ZodType;
  contentType?: string;
}

interface RouteFacts {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** With `:id` and `:part` where they stand. Method and path are the route's name in rights.ts. */
  path: string;
  summary: string;
  description?: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  bodyRequired?: boolean;
  /** Bytes that the handler reads from the request itself, as they come; the limit of JSON bodies is not theirs. */
  binaryBody?: { description: string };
  id?: z.ZodType<string>;
  part?: z.ZodType<number>;
  /** Answers that are no errors, by status, for the OpenAPI document. */
  answers: Record<number, RestAnswer>;
  /** Beyond those that any route may give. */
  errors: ErrorCode[];
}

/** What stood in the address where the path has `:id` and `:part`, decoded. */
export type RoutePlace = Record<string, string>;

/** One row of the REST table: what the document says of it and what answers it. */
export interface RestRoute extends RouteFacts {
  answer(context: ApiContext, request: Request, place: RoutePlace): Promise<Response>;
}

interface RouteSpec<
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Id extends z.ZodType<string>,
  Part extends z.ZodType<number>,
> extends RouteFacts {
  query?: Query;
  body?: Body;
  id?: Id;
  part?: Part;
  handle(input: {
    context: RestContext;
    request: Request;
    query: z.output<Query>;
    body: z.output<Body>;
    id: z.output<Id>;
    part: z.output<Part>;
  }): Promise<Response>;
}

/** Binds the schemas to the handler: it sees parsed input only. A ZodError becomes `invalid_input` at the door. */
export function defineRoute<
  Query extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Body extends z.ZodType = z.ZodUndefined,
  Id extends z.ZodType<string> = z.ZodNever,
  Part extends z.ZodType<number> = z.ZodNever,
>(spec: RouteSpec<Query, Body, Id, Part>): RestRoute {
  const { handle, ...facts } = spec;
  return {
    ...facts,
    async answer(context, request, place) {
      const parameters = Object.fromEntries(new URL(request.url).searchParams);
      return handle({
        context: context as RestContext,
        request,
        id: spec.id?.parse(place.id) as z.output<Id>,
        part: spec.part?.parse(place.part) as z.output<Part>,
        query: spec.query?.parse(parameters) as z.output<Query>,
        body: (spec.body ? spec.body.parse(await bodyOf(request)) : undefined) as z.output<Body>,
      });
    },
  };
}

/** A missing body is an empty object: `curl -X POST` sends none. */
async function bodyOf(request: Request): Promise<unknown> {
  return (await readJson(request)) ?? {};
}
