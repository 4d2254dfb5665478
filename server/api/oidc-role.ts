import type { Role } from "../control/types";
import type { OidcSettings } from "../oidc-settings";

const STRONGEST_FIRST = ["admin", "operator", "viewer"] as const satisfies Role[];

/** What the claim gives, or the default; null: no role, no way in. */
export function roleOf(
  claims: Record<string, unknown>,
  { roleClaim, roleValues, defaultRole }: Pick<OidcSettings, "roleClaim" | "roleValues" | "defaultRole">,
): Role | null {
  const given = wordsOf(claimAt(claims, roleClaim));
  return STRONGEST_FIRST.find((role) => roleValues[role].some((value) => given.includes(value))) ?? defaultRole;
}

/** The whole name first: some providers' claims are addresses, full of dots. */
function claimAt(claims: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split(".")
    .reduce<unknown>((at, step) => (isRecord(at) && Object.hasOwn(at, step) ? at[step] : undefined), claims);
}

function wordsOf(claim: unknown): string[] {
  const list = Array.isArray(claim) ? claim : [claim];
  return list.filter((word) => typeof word === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
