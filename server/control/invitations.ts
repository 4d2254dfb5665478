import { and, desc, eq, gt, lte } from "drizzle-orm";
import { AppError } from "../errors";
import type { UserView } from "../nestegg";
import type { Invitation, PeopleAdmin } from "../nestegg-operate";
import { type Drizzle, runBatch } from "./control-database";
import { hasNoPassword } from "./no-password-yet";
import { checkPassword } from "./password";
import { invitations, users } from "./schema";
import { secretHash } from "./secret-hash";
import type { Caller } from "./types";
import { checkEmail, ID_BYTES, localEmail, newUser, toUserView, type UserDeps, type UserRow } from "./users";

type InvitationRow = typeof invitations.$inferSelect;

const CODE_BYTES = 32;
const LIFE_MS = 7 * 24 * 60 * 60 * 1000;

export interface Invitations extends Pick<PeopleAdmin, "invite" | "withdraw" | "invitation" | "accept"> {
  /** Those that still open, the newest first. */
  open(): Promise<Invitation[]>;
}

/** `publicUrl` is where the link leads. Of a code only its hash is kept. */
export function createInvitations(deps: UserDeps & { publicUrl: string }): Invitations {
  const { database, clock, audit, passwords } = deps;
  const { db } = database;

  const now = () => clock.now().toISOString();
  const byCode = (code: string) => and(eq(invitations.codeHash, secretHash(code)), gt(invitations.expiresAt, now()));

  async function find(code: string): Promise<InvitationRow | null> {
    const [row] = await database.read((reader) => reader.select().from(invitations).where(byCode(code)));
    return row ?? null;
  }

  return {
    async open() {
      const rows = await database.read((reader) =>
        reader.select().from(invitations).where(gt(invitations.expiresAt, now())).orderBy(desc(invitations.createdAt)),
      );
      return rows.map(toView);
    },

    async invite(caller, { email: typed, role }) {
      const code = Buffer.from(clock.randomHex(CODE_BYTES), "hex").toString("base64url");
      const at = clock.now();
      const row: InvitationRow = {
        id: `inv_${clock.randomHex(ID_BYTES)}`,
        email: checkEmail(typed),
        role,
        codeHash: secretHash(code),
        createdAt: at.toISOString(),
        createdBy: caller.actor.name,
        createdById: caller.actor.id,
        expiresAt: new Date(at.getTime() + LIFE_MS).toISOString(),
      };
      await database.write(async (writer) => {
        await findReturning(writer, row.email);
        await runBatch(writer, [
          // A new link for the same email ends the one before.
          writer.delete(invitations).where(eq(invitations.email, row.email)),
          writer.delete(invitations).where(lte(invitations.expiresAt, row.createdAt)),
          writer.insert(invitations).values(row),
          audit.statement({ caller, action: "invitation.create", target: row.email, detail: { role } }),
        ]);
      });
      return { invitation: toView(row), link: `${deps.publicUrl}/invite/${code}` };
    },

    withdraw: (caller, { id }) =>
      database.write(async (writer) => {
        const [row] = await writer.select().from(invitations).where(eq(invitations.id, id));
        if (!row) throw new AppError("not_found", "This invitation is over already: used, withdrawn or too old.");
        await runBatch(writer, [
          writer.delete(invitations).where(eq(invitations.id, id)),
          audit.statement({ caller, action: "invitation.withdraw", target: row.email }),
        ]);
      }),

    async invitation({ code }) {
      const row = await find(code);
      return row && { email: row.email, role: row.role, expiresAt: row.expiresAt };
    },

    async accept({ code, password, name, address }) {
      const checked = checkPassword(password);
      // Hashing is dear: nobody makes the server do it without a code that opens.
      if (!(await find(code))) throw over();
      const passwordHash = await passwords.hash(checked);
      return database.write(async (writer): Promise<UserView> => {
        const [row] = await writer.select().from(invitations).where(byCode(code));
        if (!row) throw over();
        const returning = await findReturning(writer, row.email);
        const made = newUser(clock, { email: row.email, name, role: row.role, passwordHash });
        const user = returning
          ? { ...returning, name: made.name, role: made.role, passwordHash, disabled: false }
          : made;
        const caller: Caller = { actor: { kind: "user", id: user.id, name: user.name, role: user.role }, address };
        const detail = { role: row.role, invitedBy: row.createdBy };
        await runBatch(writer, [
          db.delete(invitations).where(eq(invitations.id, row.id)),
          returning ? db.update(users).set(user).where(eq(users.id, user.id)) : db.insert(users).values(user),
          audit.statement({ caller, action: "invitation.accept", target: user.email, detail }),
        ]);
        return toUserView(user);
      });
    },
  };
}

function over(): AppError {
  return new AppError(
    "not_found",
    "This invitation is over: used, withdrawn or older than 7 days. No account was made.",
    {
      hint: "Ask the admin who sent it for a new link.",
    },
  );
}

/** Who came back with the records of a lost machine may be invited again; throws `conflict` for everybody else who is here. */
async function findReturning(writer: Drizzle, email: string): Promise<UserRow | null> {
  const [known] = await writer.select().from(users).where(localEmail(email));
  if (known && !hasNoPassword(known.passwordHash)) throw alreadyThere(email);
  return known ?? null;
}

function alreadyThere(email: string): AppError {
  return new AppError("conflict", `${email} is already in the list of people; nothing was changed.`, {
    hint: "Change that person's role instead, or enable them again.",
  });
}

/** Field by field, so that no hash ever leaves by a spread. */
function toView({ id, email, role, createdAt, createdBy, expiresAt }: InvitationRow): Invitation {
  return { id, email, role, createdAt, createdBy, expiresAt };
}
