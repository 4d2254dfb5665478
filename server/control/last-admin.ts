import { and, eq, inArray, isNull, ne, or, type SQL } from "drizzle-orm";
import { AppError } from "../errors";
import type { Drizzle } from "./control-database";
import { users } from "./schema";

type UserRow = typeof users.$inferSelect;

/**
 * People of a provider come in by the one that is set now only, written with a slash at its end or without; after another was set,
 * or none, they are names in a list. `issuer`: null while sign-in by a provider is off.
 */
export function canComeIn(externalIssuer: string | null, issuer: string | null): boolean {
  return externalIssuer === null || (issuer !== null && withoutSlash(externalIssuer) === withoutSlash(issuer));
}

function comesIn(issuer: string | null): SQL | undefined {
  if (issuer === null) return isNull(users.externalIssuer);
  const bare = withoutSlash(issuer);
  return or(isNull(users.externalIssuer), inArray(users.externalIssuer, [bare, `${bare}/`]));
}

function withoutSlash(address: string): string {
  return address.replace(/\/$/, "");
}

/** In the writer's turn of the change: two admins who step down at the same time must not both be believed. */
export async function hasAnotherAdmin(writer: Drizzle, userId: string, issuer: string | null): Promise<boolean> {
  const others = and(eq(users.role, "admin"), eq(users.disabled, false), ne(users.id, userId), comesIn(issuer));
  const [another] = await writer.select({ id: users.id }).from(users).where(others).limit(1);
  return another !== undefined;
}

/** Throws `conflict` when without this person nobody could administer. */
export async function requireAnotherAdmin(
  writer: Drizzle,
  user: Pick<UserRow, "id" | "role" | "disabled" | "externalIssuer">,
  issuer: string | null,
): Promise<void> {
  if (user.role !== "admin" || user.disabled || !canComeIn(user.externalIssuer, issuer)) return;
  if (await hasAnotherAdmin(writer, user.id, issuer)) return;
  throw new AppError("conflict", "Nestegg needs one admin.", { hint: "Make somebody else an admin first." });
}
