import { asc, eq } from "drizzle-orm";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import type { People, UserView } from "../nestegg";
import type { Audit } from "./audit";
import { createChangePassword } from "./change-password";
import type { ControlDatabase } from "./control-database";
import { createEndedSessions } from "./ended-sessions";
import { createExternalSignIn } from "./external-sign-in";
import { createFirstAdmins, type FirstAdmins } from "./first-admin";
import { createInvitations } from "./invitations";
import { canComeIn } from "./last-admin";
import type { PasswordCost } from "./password";
import { createPasswords } from "./password";
import type { PatientWrites } from "./patient-writes";
import { users } from "./schema";
import { createSignIn } from "./sign-in";
import { createSignInThrottle } from "./sign-in-throttle";
import { createUsers, dropInvitationsOf, readUser, toUserView, type Users } from "./users";

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
  /** Where the link of an invitation leads. */
  publicUrl?: string;
  /** Of the provider by which people may sign in; none: no provider's people count. */
  issuer?: string | null;
}

export function createPeople(deps: PeopleDeps): ControlPeople {
  const { database, audit, issuer = null } = deps;
  const passwords = createPasswords(deps.passwordCost);
  const throttle = createSignInThrottle(deps);
  const all = { ...deps, passwords, throttle, issuer };
  const book = createUsers(all);
  const ended = createEndedSessions(deps);
  const { open: openInvitations, ...invitations } = createInvitations({ ...all, publicUrl: deps.publicUrl ?? "" });
  return {
    ...createFirstAdmins(all),
    ...invitations,
    signIn: createSignIn(all),
    signInExternal: createExternalSignIn(all),
    changePassword: createChangePassword(all),
    setRole: book.users.setRole,
    setDisabled: book.users.setDisabled,
    async list() {
      const rows = await database.read((db) => db.select().from(users).orderBy(asc(users.email), asc(users.id)));
      const admins = rows.filter(
        ({ role, disabled, externalIssuer }) => role === "admin" && !disabled && canComeIn(externalIssuer, issuer),
      );
      const people = rows.map((row) => ({
        ...toUserView(row),
        lastAdmin: admins.length === 1 && admins[0]?.id === row.id,
      }));
      return { people, invitations: await openInvitations() };
    },
    async session({ userId, sessionVersion, sessionId }) {
      const user = await readUser(database, eq(users.id, userId));
      if (!user || user.disabled || user.sessionVersion !== sessionVersion) return null;
      if (!canComeIn(user.externalIssuer, issuer)) return null;
      if (sessionId !== undefined && (await ended.has(sessionId))) return null;
      return toUserView(user);
    },
    endSession: ended.add,
    async signOutEverywhere(caller, userId) {
      const user = await readUser(database, eq(users.id, userId));
      if (!user) throw new AppError("not_found", "There is no such person; perhaps somebody has removed them.");
      await database.batch([
        book.endSessions(userId),
        dropInvitationsOf(database.db, userId),
        audit.statement({ caller, action: "user.sign-out-everywhere", target: user.email }),
      ]);
    },
    users: book.users,
    resetPassword: book.resetPassword,
  };
}
