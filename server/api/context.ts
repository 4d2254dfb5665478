import type { Caller } from "../control/types";
import type { Nestegg, UserView } from "../nestegg";
import { ADDRESS_HEADER } from "./address";
import { type Report, reportToLog } from "./failure";
import { readSessionCookie } from "./session-cookie";

/** What every door knows of a request. */
export interface ApiContext {
  nestegg: Nestegg;
  headers: Headers;
  /** Null: nobody, or a token or session that is not valid any more. */
  caller: Caller | null;
  /** The signed-in person, when it is one. */
  user: UserView | null;
  /** How the request proves who sends it. A browser adds cookies by itself, so only they need an Origin check. */
  via: "bearer" | "cookie" | "nothing";
  address: string | null;
  /** What a procedure wants to send beside its answer: a cookie. REST and pages leave them unsent. */
  answerHeaders: Headers;
  report: Report;
}

interface ContextInput {
  nestegg: Nestegg;
  headers: Headers;
  answerHeaders?: Headers;
  report?: Report;
}

/** A bearer token goes before a cookie; a wrong one is nobody, never the cookie's owner. */
export async function createContext(input: ContextInput): Promise<ApiContext> {
  const { nestegg, headers, answerHeaders = new Headers(), report = reportToLog } = input;
  const address = headers.get(ADDRESS_HEADER);
  const base = { nestegg, headers, address, answerHeaders, report };
  const secret = bearerSecret(headers);
  if (secret !== null) {
    const actor = secret === "" ? null : await nestegg.tokens.authenticate(secret, address);
    return { ...base, caller: actor && { actor, address }, user: null, via: "bearer" };
  }
  const claim = await readSessionCookie(headers, nestegg.facts);
  if (!claim) return { ...base, caller: null, user: null, via: "nothing" };
  const user = await nestegg.people.session(claim);
  return { ...base, caller: user && callerOf(user, address), user, via: "cookie" };
}

function callerOf(user: UserView, address: string | null): Caller {
  return { actor: { kind: "user", id: user.id, name: user.name || user.email, role: user.role }, address };
}

function bearerSecret(headers: Headers): string | null {
  const match = /^bearer(?: +(.*))?$/i.exec(headers.get("authorization")?.trim() ?? "");
  return match ? (match[1] ?? "").trim() : null;
}
