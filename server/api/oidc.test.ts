import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { NextApiRequest, NextApiResponse } from "next";
import NextAuth from "next-auth";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { signInErrorText } from "../../app/_trpc/sign-in-error";
import { ada, openTestControl, type TestControl } from "../control/testing/test-control";
import { ADDRESS_HEADER } from "./address";
import { authOptions } from "./auth";
import { createContext } from "./context";
import { createFakeNestegg, type FakeNestegg } from "./testing/fake-nestegg";
import { type OpenIdProvider, startOpenIdProvider } from "./testing/openid-provider";

let nestegg: FakeNestegg;
let opened: TestControl;
let provider: OpenIdProvider;
let server: Server;
let url: string;
let noted: string[];

/** next-auth behind its plain Node door on a real port, with real people behind it; the provider is another real server. */
async function start(claimsInToken: boolean): Promise<void> {
  nestegg = createFakeNestegg();
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", url);
    const action = pathname.replace("/api/auth/", "").split("/");
    const pairs = (request.headers.cookie ?? "").split("; ").map((pair) => pair.split(/=(.*)/s));
    const cookies = Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, decodeURIComponent(value)]));
    request.headers[ADDRESS_HEADER] = "10.0.0.7";
    void (async () => {
      let text = "";
      for await (const piece of request) text += piece;
      const query = { ...Object.fromEntries(searchParams), nextauth: action };
      const body = Object.fromEntries(new URLSearchParams(text));
      const door = Object.assign(response, {
        status: (code: number) => Object.assign(response, { statusCode: code }),
        json: (value: unknown) => response.end(JSON.stringify(value)),
        send: (value: unknown) => response.end(typeof value === "string" ? value : JSON.stringify(value)),
      });
      await NextAuth(
        Object.assign(request, { query, body, cookies }) as unknown as NextApiRequest,
        door as unknown as NextApiResponse,
        authOptions({
          nestegg,
          address: "10.0.0.7",
          report: () => "e1",
          note: (...fault) => noted.push(fault.join(" ")),
        }),
      );
    })().catch((error: unknown) => response.writeHead(500).end(String(error instanceof Error ? error.stack : error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv("NEXTAUTH_URL", url);
  provider = await startOpenIdProvider({ redirectUri: `${url}/api/auth/callback/oidc`, claimsInToken });
  opened = await openTestControl({ oidcIssuer: provider.issuer });
  await opened.control.people.ensureFirstAdmin({ email: "first@example.com", password: "correct horse battery" });
  Object.assign(nestegg, { people: opened.control.people, audit: opened.control.audit });
  nestegg.facts.publicUrl = url;
  nestegg.facts.oidc = {
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
    name: "Example",
    scope: "openid email profile",
    roleClaim: "role",
    roleValues: { viewer: ["viewer"], operator: ["operator"], admin: ["admin"] },
    defaultRole: null,
  };
}

beforeEach(() => {
  noted = [];
});

afterAll(() => vi.unstubAllEnvs());
afterEach(async () => {
  await provider.stop();
  server.closeAllConnections();
  server.close();
});

/** A browser without a screen: cookies by origin, redirects by hand. */
function createBrowser() {
  const jars = new Map<string, Map<string, string>>();
  const visited: string[] = [];
  return {
    visited,
    cookies: () => jars.get(url) ?? new Map<string, string>(),
    async go(address: string, form?: Record<string, string>): Promise<Response> {
      const { origin } = new URL(address);
      const jar = jars.get(origin) ?? new Map<string, string>();
      jars.set(origin, jar);
      visited.push(address);
      const answer = await fetch(address, {
        redirect: "manual",
        headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
        ...(form ? { method: "POST", body: new URLSearchParams(form) } : {}),
      });
      for (const line of answer.headers.getSetCookie()) {
        const [name = "", value = ""] = (line.split(";")[0] ?? "").split(/=(.*)/s);
        if (value === "" || /max-age=0|expires=thu, 01 jan 1970/i.test(line)) jar.delete(name);
        else jar.set(name, value);
      }
      return answer;
    },
    /** Follows as long as it is sent on; where it ends. */
    async follow(address: string, isEnd: (at: string) => boolean = () => false): Promise<string> {
      let at = address;
      for (let hops = 0; hops < 12; hops++) {
        if (isEnd(at)) return at;
        if (new URL(at).origin === url && !new URL(at).pathname.startsWith("/api/auth/")) return at;
        const answer = await this.go(at);
        const next = answer.headers.get("location");
        if (!next) return at;
        at = new URL(next, at).href;
      }
      throw new Error(`no end: ${visited.join("\n")}`);
    },
  };
}

type Browser = ReturnType<typeof createBrowser>;

async function begin(browser: Browser): Promise<string> {
  const { csrfToken } = await (await browser.go(`${url}/api/auth/csrf`)).json();
  const answer = await browser.go(`${url}/api/auth/signin/oidc`, { csrfToken, callbackUrl: "/backups", json: "true" });
  return (await answer.json()).url;
}

/** The whole way; where it ends: a page of ours. */
async function signIn(subject: string, browser = createBrowser(), form: Record<string, string> = { login: subject }) {
  const question = await browser.follow(await begin(browser));
  const answer = await browser.go(question, form);
  const end = await browser.follow(new URL(answer.headers.get("location") ?? "", question).href);
  const error = new URL(end).searchParams.get("error");
  return { browser, end: new URL(end).pathname, error, said: signInErrorText(error), caller: await callerOf(browser) };
}

async function callerOf(browser: Browser) {
  const cookie = [...browser.cookies()].map(([name, value]) => `${name}=${value}`).join("; ");
  return (await createContext({ nestegg, headers: new Headers({ cookie }) })).caller;
}

test.each([true, false])(
  "signs in with PKCE, state and nonce; the role follows the provider (claims in the token: %s)",
  async (claimsInToken) => {
    await start(claimsInToken);
    provider.people.set("sub-1", { email: "Bo@Example.com", name: "Bo", role: "operator" });
    const first = await signIn("sub-1");
    expect(first).toMatchObject({ end: "/backups", error: null, caller: { actor: { name: "Bo", role: "operator" } } });
    const asked = new URL(first.browser.visited.find((at) => at.startsWith(`${provider.issuer}/auth?`)) ?? "");
    for (const name of ["state", "nonce", "code_challenge"])
      expect(asked.searchParams.get(name)).toMatch(/^[\w-]{20,}$/);
    expect(asked.searchParams.get("code_challenge_method")).toBe("S256");
    expect([...first.browser.cookies().keys()].filter((name) => name.includes("oidc"))).toEqual([]);

    provider.people.set("sub-1", { email: "Bo@Example.com", name: "Bo", role: ["viewer", "admin"] });
    expect((await signIn("sub-1")).caller).toMatchObject({ actor: { role: "admin" } });
    // The session from before has the new role too: it is read on every request.
    expect(await callerOf(first.browser)).toMatchObject({ actor: { role: "admin" } });

    provider.people.set("sub-1", { email: "Bo@Example.com", name: "Bo" });
    const refused = await signIn("sub-1");
    expect(refused).toMatchObject({ end: "/signin", error: "oidc-no-role", caller: null });
    expect(refused.said).toMatch(/gives you no role here/);
    expect(await callerOf(first.browser)).toBeNull();
    const rows = (await nestegg.audit.list({ limit: 20 })).map(({ action, target }) => `${action} ${target}`);
    expect(rows.slice(0, 4)).toEqual([
      "sign-in.refused bo@example.com",
      "sign-in.ok bo@example.com",
      "user.role bo@example.com",
      "sign-in.ok bo@example.com",
    ]);
    // Tokens, codes and the client's secret stay out of log and audit.
    const told = noted.join("\n") + JSON.stringify(await nestegg.audit.list({ limit: 20 }));
    expect(told).not.toContain(provider.clientSecret);
    expect(told).not.toMatch(/eyJ[\w-]{20}/);
  },
);

test("who is disabled is out at once and stays out; signing out ends copies of the cookie, however they were renewed", async () => {
  await start(true);
  provider.people.set("sub-1", { email: "bo@example.com", role: "viewer" });
  const { browser, caller } = await signIn("sub-1");
  const id = caller?.actor.id ?? "";
  // Somebody has copied the cookie, and has next-auth renew it.
  const thief = createBrowser();
  await thief.go(`${url}/api/auth/csrf`);
  for (const [name, value] of browser.cookies()) thief.cookies().set(name, value);
  const stolen = thief.cookies().get("nestegg.session");
  await thief.go(`${url}/api/auth/session`);
  expect(thief.cookies().get("nestegg.session")).not.toBe(stolen);
  expect(await callerOf(thief)).not.toBeNull();
  const { csrfToken } = await (await browser.go(`${url}/api/auth/csrf`)).json();
  await browser.go(`${url}/api/auth/signout`, { csrfToken, json: "true" });
  expect([await callerOf(browser), await callerOf(thief)]).toEqual([null, null]);
  await thief.go(`${url}/api/auth/session`);
  expect(thief.cookies().get("nestegg.session")).toBeUndefined();

  const again = await signIn("sub-1");
  expect(again.caller).toMatchObject({ actor: { id } });
  await opened.control.people.setDisabled(ada, { id, disabled: true });
  expect(await callerOf(again.browser)).toBeNull();
  const refused = await signIn("sub-1");
  expect([refused.error, refused.caller]).toEqual(["oidc-disabled", null]);
});

test("an answer that was not asked for by this browser signs nobody in", async () => {
  await start(true);
  provider.people.set("sub-1", { email: "bo@example.com", role: "admin" });
  const attacker = createBrowser();
  const question = await attacker.follow(await begin(attacker));
  const answer = await attacker.go(question, { login: "sub-1" });
  const sent = new URL(answer.headers.get("location") ?? "", question).href;
  const at = await attacker.follow(sent, (address) => address.startsWith(`${url}/`));
  expect(at).toContain("code=");
  const victim = createBrowser();
  expect(await victim.follow(at)).toContain("error=OAuthCallback");
  expect(await callerOf(victim)).toBeNull();
  await begin(victim);
  expect(await victim.follow(at)).toContain("error=OAuthCallback");
  expect(await callerOf(victim)).toBeNull();
  const cancelled = await signIn("sub-1", createBrowser(), { cancel: "1" });
  expect(cancelled.said).toMatch(/was not finished/);
  expect((await opened.control.people.list()).people).toHaveLength(1);
});

test("a provider that is away, or another one than was set, is a sentence and no details", async () => {
  await start(true);
  provider.people.set("sub-1", { email: "bo@example.com", role: "admin" });
  const { oidc } = nestegg.facts;
  if (!oidc) throw new Error("no provider");
  // Discovery answers, but under the name of 127.0.0.1: what is signed there is not what was set.
  nestegg.facts.oidc = { ...oidc, issuer: provider.issuer.replace("127.0.0.1", "localhost") };
  expect(await signIn("sub-1")).toMatchObject({ error: "OAuthCallback", caller: null });
  nestegg.facts.oidc = { ...oidc, issuer: "http://127.0.0.1:1" };
  const away = await begin(createBrowser());
  const error = new URL(away).searchParams.get("error");
  expect(signInErrorText(error)).toMatch(/could not be asked/);
  expect(noted.join("\n")).not.toContain(oidc.clientSecret);
});
