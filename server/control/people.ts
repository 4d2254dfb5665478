import { eq } from "drizzle-orm";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import type { People, UserView } from "../nestegg";
import type { Audit } from "./audit";
import type { ControlDatabase } from "./control-database";
import { createFirstAdmins, type FirstAdmins } from "./first-admin";
import type { PasswordCost } from "./password";
import { createPasswords } from "./password";
import type { PatientWrites } from "./patient-writes";
import { users } from "./schema";
import { createSignIn } from "./sign-in";
import { createSignInThrottle } from "./sign-in-throttle";
import { createUsers, readUser, toUserView, type Users } from "./users";

/** The part of People that doors see, and what only start and the command line may do. */
export interface ControlPeople extends People, FirstAdmins {
  users: Users;
  /** For the locked-out: a new password, shown once; all sessions of this person end. Throws `not_found`. */
  resetPassword(email: string): Promise<{ user: UserView; password: string }>;
}

export interface PeopleDeps {
  database: ControlDatabase;
  writes: PatientWrites;
  clock: Clock;
  audit: Audit;
  passwordCost?: PasswordCost;
}

export function createPeople(deps: PeopleDeps): ControlPeople {
  const { database, audit } = deps;
  const passwords = createPasswords(deps.passwordCost);
  const throttle = createSignInThrottle(deps);
  const all = { ...deps, passwords, throttle };
  const book = createUsers(all);
  return {
    ...createFirstAdmins(all),
    signIn: createSignIn(all),
    async session({ userId, sessionVersion }) {
      const user = await readUser(database, eq(users.id, userId));
      return user && !user.disabled && user.sessionVersion === sessionVersion ? toUserView(user) : null;
    },
    async signOutEverywhere(caller, userId) {
      const user = await readUser(database, eq(users.id, userId));
      if (!user) throw new AppError("not_found", "There is no such person; perhaps somebody has removed them.");
      await database.batch([
        book.endSessions(userId),
        audit.statement({ caller, action: "user.sign-out-everywhere", target: user.email }),
      ]);
    },
    users: book.users,
    resetPassword: book.resetPassword,
  };
}
