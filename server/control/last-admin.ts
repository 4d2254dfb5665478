import { and, eq, ne } from "drizzle-orm";
import { AppError } from "../errors";
import type { Drizzle } from "./control-database";
import { users } from "./schema";

/** In the writer's turn of the change: two admins who step down at the same time must not both be believed. */
export async function hasAnotherAdmin(writer: Drizzle, userId: string): Promise<boolean> {
  const others = and(eq(users.role, "admin"), eq(users.disabled, false), ne(users.id, userId));
  const [another] = await writer.select({ id: users.id }).from(users).where(others).limit(1);
  return another !== undefined;
}

/** Throws `conflict` when without this person nobody could administer. */
export async function requireAnotherAdmin(
  writer: Drizzle,
  user: { id: string; role: string; disabled: boolean },
): Promise<void> {
  if (user.role !== "admin" || user.disabled || (await hasAnotherAdmin(writer, user.id))) return;
  throw new AppError("conflict", "Nestegg needs one admin.", { hint: "Make somebody else an admin first." });
}
