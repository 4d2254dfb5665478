import type { AuthOptions } from "next-auth";
import Credentials from "next-auth/providers/credentials";
import { hasCode } from "../errors";
import type { Nestegg } from "../nestegg";
import { ADDRESS_HEADER } from "./address";
import { type Report, reportToLog } from "./failure";
import { SESSION_SECONDS, sessionCookieName } from "./session-cookie";

/** next-auth puts the error's text into an address, so it holds no details; `app/_trpc/sign-in-error.ts` turns this form into a sentence. */
const THROTTLED = "throttled";
const MINUTE_SECONDS = 60;
/** Longer ones are no address and no password of ours, and hashing them would cost. */
const FIELD_MAX_CHARACTERS = 300;

/** Built per request: the secret and the address of the cookies' host are known only to the running server. */
export function authOptions(nestegg: Nestegg, report: Report = reportToLog): AuthOptions {
  const secure = nestegg.facts.secureCookies;
  return {
    secret: nestegg.facts.authSecret,
    session: { strategy: "jwt", maxAge: SESSION_SECONDS },
    jwt: { maxAge: SESSION_SECONDS },
    useSecureCookies: secure,
    cookies: {
      sessionToken: {
        name: sessionCookieName(secure),
        options: { httpOnly: true, sameSite: "lax", path: "/", secure },
      },
    },
    pages: { signIn: "/signin", error: "/signin" },
    providers: [
      Credentials({
        name: "Email and password",
        credentials: { email: { type: "email" }, password: { type: "password" } },
        authorize: (credentials, request) =>
          signIn({ nestegg, report, address: addressOf(request.headers) }, credentials),
      }),
    ],
    callbacks: {
      jwt: ({ token, user }) =>
        // `user` is there at sign-in only. The token holds no name or role: those are read anew on every request.
        user && "sessionVersion" in user ? { userId: user.id, sessionVersion: user.sessionVersion } : token,
      session: ({ session }) => ({ expires: session.expires }),
    },
  };
}

/** Null for every kind of wrong, so that nobody learns which addresses exist. */
async function signIn(
  { nestegg, report, address }: { nestegg: Nestegg; report: Report; address: string | null },
  credentials: Record<"email" | "password", string> | undefined,
): Promise<{ id: string; sessionVersion: number } | null> {
  const { email, password } = credentials ?? {};
  if (!isField(email) || !isField(password)) return null;
  const user = await nestegg.people.signIn({ email: email.trim(), password, address }).catch((error: unknown) => {
    if (!hasCode(error, "too_many_requests")) throw new Error(`failed:${report(error, "sign-in")}`);
    const minutes = Math.max(1, Math.ceil((error.retryAfterSeconds ?? MINUTE_SECONDS) / MINUTE_SECONDS));
    throw new Error(`${THROTTLED}:${minutes}`);
  });
  return user && { id: user.id, sessionVersion: user.sessionVersion };
}

function isField(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= FIELD_MAX_CHARACTERS;
}

function addressOf(headers: Record<string, unknown> | undefined): string | null {
  const address = headers?.[ADDRESS_HEADER];
  return typeof address === "string" ? address : null;
}
