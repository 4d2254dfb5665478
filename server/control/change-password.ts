import { and, eq } from "drizzle-orm";
import { AppError } from "../errors";
import type { PeopleAdmin } from "../nestegg-operate";
import { runBatch } from "./control-database";
import { checkPassword } from "./password";
import { users } from "./schema";
import { addressBucket, emailBucket } from "./sign-in-throttle";
import { dropInvitationsOf, readUser, requireUser, type UserDeps, type UserRow } from "./users";

/** Counts its tries together with those of sign-in: a stolen session is no second place to guess the password at. */
export function createChangePassword(deps: UserDeps): PeopleAdmin["changePassword"] {
  const { database, audit, passwords, throttle } = deps;

  return async (caller, { current, next }) => {
    const user = await readUser(database, eq(users.id, caller.actor.id));
    if (!user || user.externalIssuer !== null) throw notHere(user);
    const password = checkPassword(next);
    const buckets = [emailBucket(user.email), addressBucket(caller.address)];
    await throttle.begin(buckets, {
      hint: "Nothing was changed. Sign-in counts together with this.",
      firstTime: () => audit.record({ caller, action: "password.throttled", target: user.email }),
    });
    const { ok } = await passwords.verify(current, user.passwordHash);
    if (!ok) {
      await audit.record({ caller, action: "password.wrong", target: user.email });
      throw new AppError("forbidden", "The current password is not right; nothing was changed.");
    }
    await throttle.succeed(buckets);
    const hash = await passwords.hash(password);
    return database.write(async (writer) => {
      const { sessionVersion } = await requireUser(writer, user.id);
      const changed = { passwordHash: hash, sessionVersion: sessionVersion + 1 };
      await runBatch(writer, [
        writer
          .update(users)
          .set(changed)
          .where(and(eq(users.id, user.id), eq(users.sessionVersion, sessionVersion))),
        // Perhaps it was somebody else who sent them, with the session that ends now.
        dropInvitationsOf(writer, user.id),
        audit.statement({ caller, action: "user.change-password", target: user.email }),
      ]);
      return { sessionVersion: changed.sessionVersion };
    });
  };
}

function notHere(user: UserRow | null): AppError {
  return user
    ? new AppError("conflict", "Your password is kept by your sign-in provider, not here; nothing was changed.", {
        hint: "Change it there.",
      })
    : new AppError("forbidden", "Only a signed-in person has a password; nothing was changed.");
}
