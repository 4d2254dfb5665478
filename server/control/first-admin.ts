import { eq } from "drizzle-orm";
import { AppError } from "../errors";
import type { People, UserView } from "../nestegg";
import { runBatch } from "./control-database";
import { hasArrived } from "./no-password-yet";
import { checkPassword } from "./password";
import { users } from "./schema";
import { createSetupCode } from "./setup-code";
import { addressBucket } from "./sign-in-throttle";
import type { Caller } from "./types";
import { localEmail, newUser, toUserView, type UserDeps, type UserRow } from "./users";

export interface FirstAdmins extends Pick<People, "needsSetup" | "createFirstAdmin"> {
  /** From ADMIN_EMAIL and ADMIN_PASSWORD: null, and nothing changed, when there is any user. */
  ensureFirstAdmin(input: { email: string; password: string }): Promise<UserView | null>;
  /** To print at start; null when there is a user. */
  setupCode(): Promise<string | null>;
}

export function createFirstAdmins(deps: UserDeps): FirstAdmins {
  const { database, clock, audit, passwords, throttle } = deps;
  const code = createSetupCode(clock);

  async function needsSetup(): Promise<boolean> {
    const found = await database.read((db) => db.select({ id: users.id }).from(users).where(hasArrived()).limit(1));
    return found.length === 0;
  }

  /** Looks once more inside the writer's turn: two at the same time make one admin. */
  async function insertFirst(row: UserRow, caller: Caller, action: string): Promise<UserRow | null> {
    return database.write(async (db) => {
      const found = await db.select({ id: users.id }).from(users).where(hasArrived()).limit(1);
      if (found.length > 0) return null;
      // Somebody who came back with the records of a lost machine: the same person, with what the records know of them.
      const [known] = await db.select().from(users).where(localEmail(row.email));
      const { passwordHash, role } = row;
      const account = known
        ? db.update(users).set({ passwordHash, role, disabled: false }).where(eq(users.id, known.id))
        : db.insert(users).values(row);
      await runBatch(db, [account, audit.statement({ caller, action, target: row.email })]);
      return known ? { ...known, passwordHash, role, disabled: false } : row;
    });
  }

  async function newAdmin(input: { email: string; password: string }): Promise<UserRow> {
    const password = checkPassword(input.password);
    // The email first: hashing is dear, and a typing mistake is not.
    const row = newUser(clock, { email: input.email, role: "admin", passwordHash: "" });
    return { ...row, passwordHash: await passwords.hash(password) };
  }

  async function checkCode(typed: string, address: string | null): Promise<void> {
    const system = setupCaller(address);
    await throttle.begin([addressBucket(address, "setup")], {
      hint: "The code stands where Nestegg was started; a restart prints a new one.",
      firstTime: () => audit.record({ caller: system, action: "setup.throttled", target: null }),
    });
    if (code.matches(typed)) return;
    await audit.record({ caller: system, action: "setup.wrong-code", target: null });
    throw new AppError("forbidden", "This is not the setup code; no account was made.", {
      hint: "Copy it from the lines that Nestegg printed at its last start; a restart prints a new one.",
    });
  }

  return {
    needsSetup,
    async createFirstAdmin({ code: typed, email, password, address }) {
      if (!(await needsSetup())) throw alreadySetUp();
      await checkCode(typed, address);
      const row = await newAdmin({ email, password });
      const { id, name, role } = row;
      const caller: Caller = { actor: { kind: "user", id, name, role }, address };
      const admin = await insertFirst(row, caller, "setup.create-admin");
      if (!admin) throw alreadySetUp();
      code.die();
      await throttle.forget(addressBucket(address, "setup"));
      return toUserView(admin);
    },
    async ensureFirstAdmin(input) {
      if (!(await needsSetup())) return null;
      const row = await newAdmin(input);
      const made = await insertFirst(row, setupCaller(null), "setup.admin-from-settings");
      if (made) code.die();
      return made && toUserView(made);
    },
    setupCode: async () => ((await needsSetup()) ? code.current() : null),
  };
}

function alreadySetUp(): AppError {
  return new AppError("conflict", "Nestegg has its first admin already; no account was made.", {
    hint: "Sign in. An admin adds more people; on the server, npm run -s nestegg -- user reset EMAIL gives a new password.",
  });
}

function setupCaller(address: string | null): Caller {
  return { actor: { kind: "system", id: "system", name: "setup" }, address };
}
