import { notInArray } from "drizzle-orm";
import { users } from "./schema";

/**
 * Stand in the place of a hash for people who came back with the records of a lost machine. Both fit no password; a new one lets the
 * first in, and changes nothing for the second, whom an admin had disabled.
 */
export const AWAITS_PASSWORD = "awaits-password";
export const WAS_DISABLED = "was-disabled";

export function hasNoPassword(stored: string): boolean {
  return stored === AWAITS_PASSWORD || stored === WAS_DISABLED;
}

/** Whoever has had an account on this machine: before that the first admin is still to be made. */
export const hasArrived = () => notInArray(users.passwordHash, [AWAITS_PASSWORD, WAS_DISABLED]);
