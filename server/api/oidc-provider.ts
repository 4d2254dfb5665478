import type { OAuthConfig } from "next-auth/providers/oauth";
import type { ExternalPerson } from "../nestegg";
import type { OidcSettings } from "../oidc-settings";
import { roleOf } from "./oidc-role";

/** Part of the redirect address that the provider must know. */
export const OIDC_PROVIDER_ID = "oidc";
/** The library's own 3.5 s are short for a provider that has just been woken. */
const ANSWER_LIMIT_MS = 10_000;

export type Claims = Record<string, unknown>;

/** Discovery, code with PKCE, state and nonce; the ID token's signature, issuer and audience are checked by next-auth's client. */
export function oidcProvider(oidc: OidcSettings): OAuthConfig<Claims> {
  return {
    id: OIDC_PROVIDER_ID,
    name: oidc.name,
    type: "oauth",
    wellKnown: `${withoutSlash(oidc.issuer)}/.well-known/openid-configuration`,
    clientId: oidc.clientId,
    clientSecret: oidc.clientSecret,
    authorization: { params: { scope: oidc.scope } },
    idToken: true,
    checks: ["pkce", "state", "nonce"],
    httpOptions: { timeout: ANSWER_LIMIT_MS },
    userinfo: {
      // Roles and groups stand in either, by the provider's taste; the signed token goes before the plain answer.
      async request({ client, tokens }) {
        const signed = tokens.id_token ? decodeChecked(tokens) : {};
        if (withoutSlash(String(signed.iss)) !== withoutSlash(oidc.issuer)) {
          throw new Error("The provider's ID token names another issuer than OIDC_ISSUER.");
        }
        if (!client.issuer.metadata.userinfo_endpoint || !tokens.access_token) return signed;
        const plain: Claims = await client.userinfo(tokens.access_token);
        if (plain.sub !== signed.sub) throw new Error("The provider's ID token and userinfo name different subjects.");
        return { ...plain, ...signed };
      },
    },
    profile: (claims) => ({ id: String(claims.sub ?? "") }),
  };
}

export function toExternalPerson(claims: Claims, oidc: OidcSettings, address: string | null): ExternalPerson {
  return {
    issuer: String(claims.iss),
    subject: String(claims.sub),
    email: text(claims.email) || text(claims.preferred_username),
    name: text(claims.name) || text(claims.preferred_username),
    role: roleOf(claims, oidc),
    address,
  };
}

/** next-auth types the token set as plain data; its own client hands over the object that has checked the token. */
function decodeChecked(tokens: object): Claims {
  if (!("claims" in tokens) || typeof tokens.claims !== "function") throw new Error("The token set has no claims.");
  return tokens.claims();
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, "");
}

function text(claim: unknown): string {
  return typeof claim === "string" ? claim : "";
}
