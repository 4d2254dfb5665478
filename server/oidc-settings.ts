import { z } from "zod";
import { webAddress } from "./web-address";

/** Sign-in by an OpenID provider. */
export interface OidcSettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** "Sign in with …". */
  name: string;
  scope: string;
  /** The claim, or the way to it by dots, that holds a word or a list of them. */
  roleClaim: string;
  /** Which words give which role; the strongest that fits counts. */
  roleValues: Record<"viewer" | "operator" | "admin", string[]>;
  /** For who has none of them; null: refused. */
  defaultRole: "viewer" | "operator" | null;
}

/** By the setting's name without its OIDC_. */
const OIDC_DEFAULTS = {
  name: "single sign-on",
  scope: "openid email profile",
  role_claim: "role",
  admin_values: "admin",
  operator_values: "operator",
  viewer_values: "viewer",
  default_role: "none",
} as const;

const wordList = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text) =>
      text
        .split(",")
        .map((word) => word.trim())
        .filter((word) => word !== ""),
    );

/** The client secret travels there. */
function isPrivateWay(address: string): boolean {
  // Asked also of what is no address at all; that fault has its own sentence.
  if (!URL.canParse(address)) return true;
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

/** The part of the environment that is about it. */
export const oidcFields = {
  OIDC_ISSUER: webAddress
    .refine(isPrivateWay, "use https; plain http only for a provider on this machine, as 127.0.0.1 or localhost")
    .optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_NAME: z.string().max(60, "use at most 60 characters").default(OIDC_DEFAULTS.name),
  OIDC_SCOPE: z
    .string()
    .refine((scope) => scope.split(/\s+/).includes("openid"), "use a list with spaces that holds openid")
    .default(OIDC_DEFAULTS.scope),
  OIDC_ROLE_CLAIM: z.string().default(OIDC_DEFAULTS.role_claim),
  OIDC_ADMIN_VALUES: wordList(OIDC_DEFAULTS.admin_values),
  OIDC_OPERATOR_VALUES: wordList(OIDC_DEFAULTS.operator_values),
  OIDC_VIEWER_VALUES: wordList(OIDC_DEFAULTS.viewer_values),
  OIDC_DEFAULT_ROLE: z
    .enum(["none", "viewer", "operator"], { error: "use none, viewer or operator; admin comes by a claim only" })
    .default(OIDC_DEFAULTS.default_role),
};

type Parsed = z.infer<z.ZodObject<typeof oidcFields>>;

/** A default that is written out, as in .env.example, asks for nothing. */
export function oidcFaults(given: Record<string, string | undefined>): string[] {
  const defaults: Record<string, string> = OIDC_DEFAULTS;
  // Only names of ours: Kubernetes gives each pod an OIDC_PORT when some service is called oidc.
  const set = Object.keys(oidcFields).filter(
    (name) => given[name] && given[name] !== defaults[name.slice("OIDC_".length).toLowerCase()],
  );
  if (set.length === 0) return [];
  return ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"]
    .filter((name) => !given[name])
    .map((name) => `${name} is missing while ${set.join(", ")} is set: sign-in by a provider needs all three`);
}

/** Null: nobody signs in by a provider. */
export function oidcSettings(env: Parsed): OidcSettings | null {
  if (!env.OIDC_ISSUER || !env.OIDC_CLIENT_ID || !env.OIDC_CLIENT_SECRET) return null;
  return {
    issuer: env.OIDC_ISSUER,
    clientId: env.OIDC_CLIENT_ID,
    clientSecret: env.OIDC_CLIENT_SECRET,
    name: env.OIDC_NAME,
    scope: env.OIDC_SCOPE,
    roleClaim: env.OIDC_ROLE_CLAIM,
    roleValues: {
      viewer: env.OIDC_VIEWER_VALUES,
      operator: env.OIDC_OPERATOR_VALUES,
      admin: env.OIDC_ADMIN_VALUES,
    },
    defaultRole: env.OIDC_DEFAULT_ROLE === "none" ? null : env.OIDC_DEFAULT_ROLE,
  };
}
