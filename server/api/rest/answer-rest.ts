import { AppError } from "../../errors";
import type { Nestegg } from "../../nestegg";
import { createContext } from "../context";
import { type Report, reportToLog, toFailure } from "../failure";
import { requireOwnOrigin } from "../origin";
import { requireRight } from "../rights";
import { answerFailure } from "./answer";
import type { RestRoute, RoutePlace } from "./route";

/** What nginx writes into its log for it; nobody is there to read the answer. */
const CLIENT_GONE_STATUS = 499;

interface RestDoor {
  /** Called inside, so that a runtime that is not there yet is an answer too. */
  nestegg: () => Nestegg;
  routes: readonly RestRoute[];
  report?: Report;
}

/** Finds the route, checks rights and origin, and turns whatever is thrown into `{success:false, error}`. */
export async function answerRest(
  { nestegg, routes, report = reportToLog }: RestDoor,
  request: Request,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  try {
    const matches = routes.flatMap((route) => {
      const place = matchPath(route.path, pathname);
      return place === null ? [] : [{ route, place }];
    });
    const wanted = request.method === "HEAD" ? "GET" : request.method;
    const found = matches.find(({ route }) => route.method === wanted);
    if (!found)
      return refuse(
        pathname,
        request.method,
        matches.map(({ route }) => route.method),
        report,
      );

    const context = await createContext({ nestegg: nestegg(), headers: request.headers, report });
    requireRight(context.caller, `${found.route.method} ${found.route.path}`);
    if (wanted !== "GET") requireOwnOrigin(context);
    const answer = await found.route.answer(context, request, found.place);
    return request.method === "HEAD" ? new Response(null, answer) : answer;
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: CLIENT_GONE_STATUS });
    return answerFailure(toFailure(error, `${request.method} ${pathname}`, report));
  }
}

function refuse(pathname: string, method: string, allowed: string[], report: Report): Response {
  const error =
    allowed.length === 0
      ? new AppError("not_found", `There is nothing at ${pathname}.`, { hint: "See /api/admin/openapi.json." })
      : new AppError("method_not_allowed", `${method} is not answered here; nothing was changed.`, {
          hint: `Use ${allowed.join(" or ")}.`,
        });
  return answerFailure(toFailure(error, pathname, report), allowed.length === 0 ? {} : { allow: allowed.join(", ") });
}

/** What stands for the path's variables, none of them empty; null when the path is another one. */
function matchPath(path: string, pathname: string): RoutePlace | null {
  const wanted = path.split("/");
  const given = pathname.split("/");
  if (wanted.length !== given.length) return null;
  const place: RoutePlace = {};
  for (const [index, segment] of wanted.entries()) {
    const said = given[index] ?? "";
    if (segment.startsWith(":") && said !== "") place[segment.slice(1)] = decode(said);
    else if (segment !== said) return null;
  }
  return place;
}

/** A broken escape is kept as it is: no id looks like that. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
