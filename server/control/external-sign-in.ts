import { and, eq } from "drizzle-orm";
import type { ExternalPerson, ExternalRefusal, People, UserView } from "../nestegg";
import { type Drizzle, runBatch } from "./control-database";
import { hasAnotherAdmin } from "./last-admin";
import { hasArrived } from "./no-password-yet";
import { users } from "./schema";
import type { Caller, Role } from "./types";
import {
  dropInvitationsOf,
  ID_BYTES,
  MAX_EMAIL_CHARACTERS,
  MAX_NAME_CHARACTERS,
  toUserView,
  type UserDeps,
  type UserRow,
} from "./users";

/** No form of a hash; sign-in by password never looks at these rows. */
const NO_PASSWORD = "";

type Outcome = { user: UserRow } | { refused: ExternalRefusal };

/**
 * A person is issuer and subject. The email is a label: an unverified one must open nobody else's account, and takes no name away.
 * What the provider says of the role counts anew at each sign-in.
 */
export function createExternalSignIn(deps: UserDeps): People["signInExternal"] {
  const { database, clock, audit, issuer } = deps;

  return async (person) => {
    const email =
      label(person.email, MAX_EMAIL_CHARACTERS).toLowerCase() || label(person.subject, MAX_EMAIL_CHARACTERS);
    const name = label(person.name, MAX_NAME_CHARACTERS) || email;
    const by = `${person.issuer} ${person.subject}`;

    const outcome = await database.write(async (writer): Promise<Outcome> => {
      const known = await find(writer, person);
      const refused = await refusal(writer, { known, role: person.role, issuer });
      const { role } = person;
      if (refused !== null || role === null) {
        // The provider no longer lets them in: what is still open in some browser ends too, and whom they invited stays outside.
        if (known && !known.disabled) {
          await runBatch(writer, [
            writer
              .update(users)
              .set({ sessionVersion: known.sessionVersion + 1 })
              .where(eq(users.id, known.id)),
            dropInvitationsOf(writer, known.id),
          ]);
        }
        return { refused: refused ?? "no-role" };
      }
      const lastSignInAt = clock.now().toISOString();
      const user: UserRow = known
        ? { ...known, email, name, role, lastSignInAt }
        : {
            id: `usr_${clock.randomHex(ID_BYTES)}`,
            email,
            name,
            role,
            passwordHash: NO_PASSWORD,
            sessionVersion: 1,
            disabled: false,
            createdAt: lastSignInAt,
            lastSignInAt,
            externalIssuer: person.issuer,
            externalSubject: person.subject,
          };
      const caller = personCaller(user, person.address);
      await runBatch(writer, [
        known
          ? writer
              .update(users)
              .set({ email, name, role, lastSignInAt, passwordHash: NO_PASSWORD })
              .where(eq(users.id, user.id))
          : writer.insert(users).values(user),
        ...(role === "admin" ? [] : [dropInvitationsOf(writer, user.id)]),
        ...(known && known.role !== role
          ? [
              audit.statement({
                caller,
                action: "user.role",
                target: email,
                detail: { from: known.role, to: role, by },
              }),
            ]
          : []),
        audit.statement({ caller, action: "sign-in.ok", target: email, detail: { by, role, firstTime: !known } }),
      ]);
      return { user };
    });
    if ("user" in outcome) {
      const view: UserView = toUserView(outcome.user);
      return { ok: true, user: { ...view, sessionVersion: outcome.user.sessionVersion } };
    }
    const caller: Caller = { actor: { kind: "system", id: "system", name: "sign-in" }, address: person.address };
    await audit.record({ caller, action: "sign-in.refused", target: email, detail: { by, reason: outcome.refused } });
    return { ok: false, reason: outcome.refused };
  };
}

async function find(writer: Drizzle, { issuer, subject }: ExternalPerson): Promise<UserRow | null> {
  const own = and(eq(users.externalIssuer, issuer), eq(users.externalSubject, subject));
  const [row] = await writer.select().from(users).where(own);
  return row ?? null;
}

async function refusal(
  writer: Drizzle,
  { known, role, issuer }: { known: UserRow | null; role: Role | null; issuer: string | null },
): Promise<ExternalRefusal | null> {
  if (known?.disabled) return "disabled";
  if (role === null) return "no-role";
  if (known?.role === "admin" && role !== "admin" && !(await hasAnotherAdmin(writer, known.id, issuer))) {
    return "last-admin";
  }
  // Else the first person in would end the set-up, and perhaps be a viewer.
  const [anybody] = await writer.select({ id: users.id }).from(users).where(hasArrived()).limit(1);
  return anybody ? null : "no-admin-yet";
}

function personCaller({ id, name, role }: UserRow, address: string | null): Caller {
  return { actor: { kind: "user", id, name, role }, address };
}

/** Claims are text from outside: no line ends, no endless names. */
function label(text: string, max: number): string {
  return text
    .replace(/\p{C}+/gu, " ")
    .trim()
    .slice(0, max);
}
