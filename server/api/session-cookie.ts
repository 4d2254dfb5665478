import { decode } from "next-auth/jwt";

/** Sessions end after this even when nobody signs out. */
export const SESSION_SECONDS = 7 * 24 * 60 * 60;

/** A name of our own: cookies know no port, and other next-auth apps on the same host would overwrite the default one. */
export function sessionCookieName(secure: boolean): string {
  return secure ? "__Secure-nestegg.session" : "nestegg.session";
}

export interface SessionClaim {
  userId: string;
  sessionVersion: number;
}

/**
 * Whom the request's cookie names, or null when it is missing, forged or over. The version is not compared here.
 * Not next-auth's `getToken`: that one also takes a session from the Authorization header.
 */
export async function readSessionCookie(
  headers: Headers,
  facts: { secureCookies: boolean; authSecret: string },
): Promise<SessionClaim | null> {
  const token = cookieValue(headers.get("cookie"), sessionCookieName(facts.secureCookies));
  if (!token) return null;
  const claims = await decode({ token, secret: facts.authSecret }).catch(() => null);
  if (typeof claims?.userId !== "string" || typeof claims.sessionVersion !== "number") return null;
  return { userId: claims.userId, sessionVersion: claims.sessionVersion };
}

function cookieValue(header: string | null, name: string): string | null {
  for (const pair of header?.split(";") ?? []) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}
