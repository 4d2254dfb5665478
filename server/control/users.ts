import { and, asc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import type { UserView } from "../nestegg";
import type { Audit } from "./audit";
import type { ControlDatabase, Drizzle, Statement } from "./control-database";
import { runBatch } from "./control-database";
import { requireAnotherAdmin } from "./last-admin";
import { AWAITS_PASSWORD, hasNoPassword } from "./no-password-yet";
import { checkPassword, type Passwords } from "./password";
import { readableCode } from "./readable-code";
import { invitations, users } from "./schema";
import { emailBucket, type SignInThrottle } from "./sign-in-throttle";
import type { Caller, Role } from "./types";

export interface Users {
  /** By email. */
  list(): Promise<UserView[]>;
  /** Throws `conflict` when the email is taken. */
  create(caller: Caller, input: { email: string; name?: string; role: Role; password: string }): Promise<UserView>;
  /** Ends all sessions at once, and the invitations they sent. The last admin that can sign in stays: throws `conflict`. */
  setDisabled(caller: Caller, input: { id: string; disabled: boolean }): Promise<UserView>;
  /** Counts with the next request. Throws `conflict` for the last admin, and for whose role the provider tells. */
  setRole(caller: Caller, input: { id: string; role: Role }): Promise<UserView>;
}

export type UserRow = typeof users.$inferSelect;

export interface UserDeps {
  database: ControlDatabase;
  clock: Clock;
  audit: Audit;
  passwords: Passwords;
  throttle: SignInThrottle;
  /** Of the provider that is set; null: none. */
  issuer: string | null;
}

export const ID_BYTES = 8;
export const MAX_EMAIL_CHARACTERS = 254;
export const MAX_NAME_CHARACTERS = 100;
/** 100 bits. */
const GENERATED_CHARACTERS = 20;
const COMMAND_LINE: Caller = { actor: { kind: "system", id: "system", name: "command line" }, address: null };

export function createUsers(deps: UserDeps) {
  const { database, clock, audit, passwords, throttle, issuer } = deps;
  const { db } = database;

  const endSessions = (userId: string): Statement =>
    db
      .update(users)
      .set({ sessionVersion: sql`${users.sessionVersion} + 1` })
      .where(eq(users.id, userId));

  const book: Users = {
    async list() {
      const rows = await database.read((reader) => reader.select().from(users).orderBy(asc(users.email)));
      return rows.map(toUserView);
    },

    async create(caller, input) {
      const row = newUser(clock, { ...input, passwordHash: await passwords.hash(checkPassword(input.password)) });
      await database.write(async (writer) => {
        const [taken] = await writer.select({ id: users.id }).from(users).where(localEmail(row.email));
        if (taken) throw new AppError("conflict", `${row.email} is already in the list of people.`);
        const detail = { role: row.role };
        const note = audit.statement({ caller, action: "user.create", target: row.email, detail });
        await runBatch(writer, [writer.insert(users).values(row), note]);
      });
      return toUserView(row);
    },

    setDisabled: (caller, { id, disabled }) =>
      database.write(async (writer) => {
        const user = await requireUser(writer, id);
        if (user.disabled === disabled) return toUserView(user);
        if (disabled) await requireAnotherAdmin(writer, user, issuer);
        else if (user.externalIssuer === null && hasNoPassword(user.passwordHash)) throw withoutPassword(user.email);
        await runBatch(writer, [
          writer.update(users).set({ disabled }).where(eq(users.id, id)),
          endSessions(id),
          ...(disabled ? [dropInvitationsOf(db, id)] : []),
          audit.statement({ caller, action: disabled ? "user.disable" : "user.enable", target: user.email }),
        ]);
        return toUserView({ ...user, disabled });
      }),

    setRole: (caller, { id, role }) =>
      database.write(async (writer) => {
        const user = await requireUser(writer, id);
        if (user.role === role) return toUserView(user);
        if (user.externalIssuer !== null) {
          throw new AppError(
            "conflict",
            `The role of ${user.email} comes from the sign-in provider; it was not changed.`,
            {
              hint: "Change it there; it counts from the next sign-in on. To shut somebody out at once, disable them.",
            },
          );
        }
        if (role !== "admin") await requireAnotherAdmin(writer, user, issuer);
        const detail = { from: user.role, to: role };
        await runBatch(writer, [
          writer.update(users).set({ role }).where(eq(users.id, id)),
          ...(role === "admin" ? [] : [dropInvitationsOf(db, id)]),
          audit.statement({ caller, action: "user.role", target: user.email, detail }),
        ]);
        return toUserView({ ...user, role });
      }),
  };

  async function resetPassword(email: string): Promise<{ user: UserView; password: string }> {
    const address = email.trim().toLowerCase();
    const user = await readUser(database, localEmail(address));
    if (!user) {
      throw new AppError(
        "not_found",
        `Nobody with the email ${address} and a password is in the list of people; nothing was changed.`,
      );
    }
    const password = readableCode(clock, GENERATED_CHARACTERS);
    const passwordHash = await passwords.hash(password);
    const disabled = user.disabled && user.passwordHash !== AWAITS_PASSWORD;
    await database.batch([
      db.update(users).set({ passwordHash, disabled }).where(eq(users.id, user.id)),
      endSessions(user.id),
      audit.statement({ caller: COMMAND_LINE, action: "user.reset-password", target: user.email }),
    ]);
    await throttle.forget(emailBucket(user.email));
    return { user: toUserView({ ...user, disabled }), password };
  }

  return { users: book, endSessions, resetPassword };
}

/** Who may no longer invite has not left a way back in behind. */
export function dropInvitationsOf(db: Drizzle, userId: string): Statement {
  return db.delete(invitations).where(eq(invitations.createdById, userId));
}

function withoutPassword(email: string): AppError {
  return new AppError(
    "conflict",
    `${email} came back with the records and has no password here; nothing was changed.`,
    {
      hint: `Invite them anew, or on the server: npm run -s nestegg -- user reset ${email}`,
    },
  );
}

/** Whoever signs in with this email and a password; people of a provider may claim any email. */
export function localEmail(email: string): SQL | undefined {
  return and(eq(users.email, email), isNull(users.externalIssuer));
}

export async function requireUser(writer: Drizzle, id: string): Promise<UserRow> {
  const [user] = await writer.select().from(users).where(eq(users.id, id));
  if (!user) throw new AppError("not_found", "There is no such person; perhaps somebody has removed them.");
  return user;
}

export async function readUser(database: ControlDatabase, condition: SQL | undefined): Promise<UserRow | null> {
  const [row] = await database.read((db) => db.select().from(users).where(condition));
  return row ?? null;
}

export function newUser(
  clock: Clock,
  input: { email: string; name?: string; role: Role; passwordHash: string },
): UserRow {
  const email = checkEmail(input.email);
  const name = input.name?.trim().slice(0, MAX_NAME_CHARACTERS);
  return {
    id: `usr_${clock.randomHex(ID_BYTES)}`,
    email,
    name: name || (email.split("@")[0] ?? email),
    role: input.role,
    passwordHash: input.passwordHash,
    sessionVersion: 1,
    disabled: false,
    createdAt: clock.now().toISOString(),
    lastSignInAt: null,
    externalIssuer: null,
    externalSubject: null,
  };
}

export function checkEmail(typed: string): string {
  const email = typed.trim().toLowerCase();
  if (email.length <= MAX_EMAIL_CHARACTERS && z.email().safeParse(email).success) return email;
  throw new AppError("invalid_input", "This is not an email address.", { hint: "Use the form name@example.com." });
}

/** Field by field, so that no hash ever leaves by a spread. */
export function toUserView(row: UserRow): UserView {
  const { id, email, name, role, disabled, createdAt, lastSignInAt, externalIssuer } = row;
  return { id, email, name, role, disabled, createdAt, lastSignInAt, external: externalIssuer !== null };
}
