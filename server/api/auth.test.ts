import type { NextApiRequest, NextApiResponse } from "next";
import NextAuth from "next-auth";
import { decode, encode } from "next-auth/jwt";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { signInErrorText } from "../../app/_trpc/sign-in-error";
import { AppError } from "../errors";
import { ADDRESS_HEADER } from "./address";
import { authOptions } from "./auth";
import { createContext } from "./context";
import { SESSION_SECONDS } from "./session-cookie";
import { createFakeNestegg, type FakeNestegg } from "./testing/fake-nestegg";
import { FAKE_SECRET } from "./testing/fake-views";

let nestegg: FakeNestegg;
let reported: unknown[];

afterAll(() => vi.unstubAllEnvs());
beforeEach(() => {
  nestegg = createFakeNestegg();
  reported = [];
  // server/main.ts sets it; next-auth reads it from nowhere else.
  vi.stubEnv("NEXTAUTH_URL", "http://127.0.0.1:3000");
});

interface Answer {
  status: number;
  body: Record<string, string>;
  setCookies: string[];
}

/** next-auth behind its plain Node door, which its route handler shares all but the wrapping with. */
async function callAuth(
  action: string[],
  init: { method: string; body?: object; cookies?: Record<string, string> },
): Promise<Answer> {
  const answer: Answer = { status: 200, body: {}, setCookies: [] };
  const response = {
    status(code: number) {
      answer.status = code;
      return response;
    },
    getHeader: () => answer.setCookies,
    setHeader(name: string, value: string | string[]) {
      if (name.toLowerCase() === "set-cookie") answer.setCookies = [value].flat();
      return response;
    },
    json: (body: Answer["body"]) => Object.assign(answer, { body }),
    send: (body: Answer["body"]) => Object.assign(answer, { body }),
    end: () => undefined,
  };
  const request = {
    method: init.method,
    query: { nextauth: action },
    body: init.body ?? {},
    cookies: init.cookies ?? {},
    headers: { host: "127.0.0.1:3000", [ADDRESS_HEADER]: "10.0.0.7" },
  };
  await NextAuth(
    request as unknown as NextApiRequest,
    response as unknown as NextApiResponse,
    authOptions({
      nestegg,
      address: "10.0.0.7",
      report(error) {
        reported.push(error);
        return "e1";
      },
    }),
  );
  return answer;
}

const pairs = (setCookies: string[]) =>
  Object.fromEntries(setCookies.map((one) => one.split(";")[0]?.split(/=(.*)/s).map(decodeURIComponent) ?? []));

async function signIn(password: string): Promise<Answer> {
  const csrf = await callAuth(["csrf"], { method: "GET" });
  return callAuth(["callback", "credentials"], {
    method: "POST",
    cookies: pairs(csrf.setCookies),
    body: { csrfToken: csrf.body.csrfToken, email: "ann@example.com", password, json: "true" },
  });
}

test("a right password gives a cookie that scripts cannot read and that holds no more than who and which version", async () => {
  const user = nestegg.addUser("operator");
  nestegg.signIn = (email, password) => (email === "ann@example.com" && password === "right" ? user : null);
  const { setCookies } = await signIn("right");
  const cookie = setCookies.find((one) => one.startsWith("nestegg.session=")) ?? "";
  expect(cookie).toMatch(/; HttpOnly/);
  expect(cookie).toMatch(/; SameSite=Lax/i);
  expect(cookie).not.toMatch(/; Secure/);

  const token = pairs([cookie])["nestegg.session"] ?? "";
  const { iat, exp, jti, signedInAt, ...claims } = (await decode({ token, secret: FAKE_SECRET })) ?? {};
  expect(claims).toEqual({
    userId: user.id,
    sessionVersion: 1,
    sessionId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(Number(exp) - Number(iat)).toBe(SESSION_SECONDS);
  // A second may turn between the two.
  expect(Number(iat) - Number(signedInAt)).toBeGreaterThanOrEqual(0);
  expect(Number(iat) - Number(signedInAt)).toBeLessThanOrEqual(2);

  const headers = new Headers({ cookie: `nestegg.session=${token}`, [ADDRESS_HEADER]: "10.0.0.7" });
  const signedIn = await createContext({ nestegg, headers });
  expect(signedIn.caller).toEqual({
    actor: { kind: "user", id: user.id, name: user.email, role: "operator" },
    address: "10.0.0.7",
  });
  user.sessionVersion += 1;
  expect((await createContext({ nestegg, headers })).caller).toBeNull();
});

test("renewing does not make a session longer: seven days after the sign-in it is over", async () => {
  const user = nestegg.addUser("operator");
  const claim = { userId: user.id, sessionVersion: 1 };
  const now = Math.floor(Date.now() / 1000);
  const renew = async (claims: object) => {
    const token = await encode({ token: { ...claim, ...claims }, secret: FAKE_SECRET, maxAge: SESSION_SECONDS });
    const { caller } = await createContext({ nestegg, headers: new Headers({ cookie: `nestegg.session=${token}` }) });
    const { setCookies } = await callAuth(["session"], { method: "GET", cookies: { "nestegg.session": token } });
    const renewed = await decode({ token: pairs(setCookies)["nestegg.session"] ?? "", secret: FAKE_SECRET }).catch(
      () => null,
    );
    return { asked: caller !== null, signedInAt: renewed?.signedInAt ?? null };
  };
  const lately = now - SESSION_SECONDS + 60;
  expect(await renew({ signedInAt: lately })).toEqual({ asked: true, signedInAt: lately });
  expect(await renew({ signedInAt: now - SESSION_SECONDS })).toEqual({ asked: false, signedInAt: null });
  // A token of version 0.1 names no sign-in: its age counts from its last renewal, once.
  expect((await renew({})).signedInAt).toBeGreaterThanOrEqual(now);
});

test("behind https the cookie is Secure and named so", async () => {
  nestegg.facts.secureCookies = true;
  nestegg.signIn = () => nestegg.addUser("viewer");
  const cookie = (await signIn("right")).setCookies.find((one) => one.startsWith("__Secure-nestegg.session="));
  expect(cookie).toMatch(/; Secure/);
});

test("a wrong password and an unknown person get the same answer", async () => {
  const { status, body, setCookies } = await signIn("wrong");
  expect(status).toBe(401);
  const error = new URL(body.url ?? "").searchParams.get("error");
  expect(signInErrorText(error)).toBe("Email or password is not right.");
  expect(setCookies.join()).not.toContain("nestegg.session=");
});

test("who tries too often is told for how long to wait", async () => {
  nestegg.people.signIn = async ({ address }) => {
    expect(address).toBe("10.0.0.7");
    throw new AppError("too_many_requests", "Too many tries.", { retryAfterSeconds: 200 });
  };
  const error = new URL((await signIn("any")).body.url ?? "").searchParams.get("error");
  expect(signInErrorText(error)).toBe("Too many tries. Wait 4 minutes.");
});

test("a fault of ours puts no details into the address", async () => {
  nestegg.people.signIn = async () => Promise.reject(new Error("SECRET detail"));
  const { url } = (await signIn("any")).body;
  expect(url).not.toContain("SECRET");
  expect(reported).toEqual([new Error("SECRET detail")]);
  expect(signInErrorText(new URL(url ?? "").searchParams.get("error"))).toMatch(/^Signing in did not work/);
});

test("text that somebody puts into the address is never shown", () => {
  expect(signInErrorText("Call 0800-EVIL now")).not.toContain("EVIL");
  expect(signInErrorText(null)).toBeNull();
});
