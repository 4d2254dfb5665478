import type { AuthOptions, CookieOption, CookiesOptions } from "next-auth";
import Credentials from "next-auth/providers/credentials";
import { systemClock } from "../clock";
import { hasCode } from "../errors";
import type { Nestegg } from "../nestegg";
import { ADDRESS_HEADER } from "./address";
import { authLogger, type NoteAuthFault, noteInLog } from "./auth-log";
import { type Report, reportToLog } from "./failure";
import { OIDC_PROVIDER_ID, oidcProvider, toExternalPerson } from "./oidc-provider";
import { newSession, SESSION_SECONDS, sessionCookieName, toSessionClaim } from "./session-cookie";

/** next-auth puts the error's text into an address, so it holds no details; `app/_trpc/sign-in-error.ts` turns this form into a sentence. */
const THROTTLED = "throttled";
const MINUTE_SECONDS = 60;
/** Longer ones are no address and no password of ours, and hashing them would cost. */
const FIELD_MAX_CHARACTERS = 300;
/** For signing in at the provider, second factor included. */
const REDIRECT_SECONDS = 15 * 60;

interface AuthInput {
  nestegg: Nestegg;
  /** Of the request: what comes back from a provider carries none of ours. */
  address: string | null;
  report?: Report;
  note?: NoteAuthFault;
}

/** Built per request: the secret and the address of the cookies' host are known only to the running server. */
export function authOptions(input: AuthInput): AuthOptions {
  const { nestegg, address, report = reportToLog, note = noteInLog } = input;
  const { secureCookies: secure, authSecret, oidc } = nestegg.facts;
  return {
    secret: authSecret,
    session: { strategy: "jwt", maxAge: SESSION_SECONDS },
    jwt: { maxAge: SESSION_SECONDS },
    useSecureCookies: secure,
    cookies: cookieNames(secure),
    pages: { signIn: "/signin", error: "/signin" },
    logger: authLogger(note),
    providers: [
      Credentials({
        name: "Email and password",
        credentials: { email: { type: "email" }, password: { type: "password" } },
        authorize: (credentials, request) =>
          signIn({ nestegg, report, address: addressOf(request.headers) }, credentials),
      }),
      ...(oidc ? [oidcProvider(oidc)] : []),
    ],
    callbacks: {
      /** For the password all is decided by then; who comes from the provider is looked up, or refused, here. */
      async signIn({ user, account, profile }) {
        if (account?.provider !== OIDC_PROVIDER_ID) return true;
        if (!oidc || !profile) return false;
        const person = toExternalPerson({ ...profile }, oidc, address);
        const answer = await nestegg.people.signInExternal(person).catch((error: unknown) => {
          report(error, "sign-in");
          return { ok: false as const, reason: "failed" as const };
        });
        if (!answer.ok) return `${nestegg.facts.publicUrl}/signin?error=oidc-${answer.reason}`;
        Object.assign(user, { id: answer.user.id, sessionVersion: answer.user.sessionVersion });
        return true;
      },
      async jwt({ token, user }) {
        // `user` is there at sign-in only. The token holds no name or role: those are read anew on every request.
        if (user && "sessionVersion" in user) {
          return { userId: user.id, sessionVersion: user.sessionVersion, ...newSession() };
        }
        // A renewal: it must carry no session past the time that its sign-in gave it, for which an end is remembered.
        const claim = toSessionClaim(token);
        if (!claim || !(await nestegg.people.session(claim))) throw new Error("This session is over.");
        return { ...token, signedInAt: token.signedInAt ?? token.iat };
      },
      session: ({ session }) => ({ expires: session.expires }),
    },
    events: {
      async signOut({ token }) {
        const claim = toSessionClaim(token);
        if (!claim?.sessionId) return;
        const until = new Date(systemClock.now().getTime() + SESSION_SECONDS * 1000);
        await nestegg.people.endSession({ sessionId: claim.sessionId, until });
      },
    },
  };
}

/** Names of our own for all that a second next-auth app on this host could overwrite meanwhile. */
function cookieNames(secure: boolean): Partial<CookiesOptions> {
  const prefix = secure ? "__Secure-" : "";
  const options: CookieOption["options"] = { httpOnly: true, sameSite: "lax", path: "/", secure };
  const passing = (name: string) => ({
    name: `${prefix}nestegg.oidc-${name}`,
    options: { ...options, maxAge: REDIRECT_SECONDS },
  });
  return {
    sessionToken: { name: sessionCookieName(secure), options },
    state: passing("state"),
    nonce: passing("nonce"),
    pkceCodeVerifier: passing("pkce"),
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
