import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

export interface OpenIdProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** By subject; whoever is not here cannot sign in. Read anew at each sign-in. */
  people: Map<string, Record<string, unknown>>;
  stop(): Promise<void>;
}

interface Options {
  /** Where Nestegg hears the answer. */
  redirectUri: string;
  /** True: email, name and roles stand in the ID token; else only in the userinfo answer. */
  claimsInToken?: boolean;
}

const CLIENT_ID = "nestegg";
const CLIENT_SECRET = "the-secret-of-the-client-of-nestegg";

/** A real one on 127.0.0.1, that insists on PKCE and asks for nothing but a name. */
export async function startOpenIdProvider({ redirectUri, claimsInToken = false }: Options): Promise<OpenIdProvider> {
  let answer: (request: IncomingMessage, response: ServerResponse) => unknown = (_request, response) => response.end();
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const people: OpenIdProvider["people"] = new Map();
  const provider = createProvider({ issuer, redirectUri, claimsInToken, people });
  const callback = provider.callback();
  answer = (request, response) => {
    if (!request.url?.startsWith("/interaction/")) return callback(request, response);
    return interact(provider, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  };
  return {
    issuer,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    people,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createProvider(facts: Required<Options> & Pick<OpenIdProvider, "issuer" | "people">): Provider {
  const { issuer, redirectUri, claimsInToken, people } = facts;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: "jwk" }), kid: "test", use: "sig", alg: "RS256" };
  return new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    jwks: { keys: [key as { kty: string }] },
    cookies: { keys: ["a key for the test's cookies"] },
    claims: { openid: ["sub"], email: ["email"], profile: ["name", "role", "groups", "realm_access"] },
    conformIdTokenClaims: !claimsInToken,
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    pkce: { required: () => true },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => {
      const claims = people.get(sub);
      return claims && { accountId: sub, claims: async () => ({ sub, ...claims }) };
    },
    // No question about consent: whoever signs in has given it.
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client?.clientId, accountId: oidc.session?.accountId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  });
}

/** The page that asks who it is, and what it sends. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === "GET") {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(
      `<!doctype html><title>Provider</title><form method="post"><label>Name <input name="login"></label><button>Continue</button><button name="cancel" value="1">Cancel</button></form>`,
    );
    return;
  }
  let body = "";
  for await (const piece of request) body += piece;
  const given = new URLSearchParams(body);
  const result = given.has("cancel")
    ? { error: "access_denied", error_description: "The person pressed Cancel." }
    : { login: { accountId: given.get("login") ?? "" } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}
