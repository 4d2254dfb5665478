import { decode, encode } from "next-auth/jwt";
import { systemClock } from "../clock";

/** Sessions end this long after the sign-in, renewed or not, even when nobody signs out. */
export const SESSION_SECONDS = 7 * 24 * 60 * 60;
const SESSION_ID_BYTES = 16;

/** A name of our own: cookies know no port, and other next-auth apps on the same host would overwrite the default one. */
export function sessionCookieName(secure: boolean): string {
  return secure ? "__Secure-nestegg.session" : "nestegg.session";
}

export interface SessionClaim {
  userId: string;
  sessionVersion: number;
  /** Stays when next-auth renews the token, so that signing out ends its copies too. Absent in sessions of version 0.1. */
  sessionId?: string;
}

interface CookieFacts {
  secureCookies: boolean;
  authSecret: string;
}

/** What a token holds from the sign-in on, whoever renews it. */
export function newSession(): { sessionId: string; signedInAt: number } {
  return { sessionId: systemClock.randomHex(SESSION_ID_BYTES), signedInAt: nowSeconds() };
}

function nowSeconds(): number {
  return Math.floor(systemClock.now().getTime() / 1000);
}

/**
 * Whom the request's cookie names, or null when it is missing, forged or over. The version is not compared here.
 * Not next-auth's `getToken`: that one also takes a session from the Authorization header.
 */
export async function readSessionCookie(headers: Headers, facts: CookieFacts): Promise<SessionClaim | null> {
  const token = cookieValue(headers.get("cookie"), sessionCookieName(facts.secureCookies));
  if (!token) return null;
  return toSessionClaim(await decode({ token, secret: facts.authSecret }).catch(() => null));
}

/** Null also for a session whose sign-in is too long ago: next-auth would renew its token for ever. */
export function toSessionClaim(claims: Record<string, unknown> | null | undefined): SessionClaim | null {
  if (typeof claims?.userId !== "string" || typeof claims.sessionVersion !== "number") return null;
  // Tokens of version 0.1 name no sign-in; their last renewal counts, and the next one writes it down.
  const signedInAt = claims.signedInAt ?? claims.iat;
  if (typeof signedInAt !== "number" || nowSeconds() - signedInAt >= SESSION_SECONDS) return null;
  const { userId, sessionVersion, sessionId } = claims;
  return { userId, sessionVersion, ...(typeof sessionId === "string" ? { sessionId } : {}) };
}

/** A whole Set-Cookie line, with what next-auth would write at sign-in. */
export async function newSessionCookie(
  claim: { userId: string; sessionVersion: number },
  { secureCookies, authSecret }: CookieFacts,
): Promise<string> {
  const token = { ...claim, ...newSession() };
  const value = await encode({ token, secret: authSecret, maxAge: SESSION_SECONDS });
  const flags = `Path=/; Max-Age=${SESSION_SECONDS}; HttpOnly; SameSite=Lax${secureCookies ? "; Secure" : ""}`;
  return `${sessionCookieName(secureCookies)}=${value}; ${flags}`;
}

function cookieValue(header: string | null, name: string): string | null {
  for (const pair of header?.split(";") ?? []) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}
