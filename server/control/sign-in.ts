import { eq } from "drizzle-orm";
import type { People } from "../nestegg";
import type { PatientWrites } from "./patient-writes";
import { users } from "./schema";
import { addressBucket, type Bucket, emailBucket } from "./sign-in-throttle";
import type { Caller } from "./types";
import { localEmail, readUser, toUserView, type UserDeps, type UserRow } from "./users";

/** Unknown, disabled and wrong take the same time and give the same null; who it was, only the audit knows. */
export function createSignIn(deps: UserDeps & { writes: PatientWrites }): People["signIn"] {
  const { database, clock, audit, passwords, throttle, writes } = deps;

  async function noteSuccess(user: UserRow, change: { lastSignInAt: string; passwordHash?: string }): Promise<void> {
    await writes.save(`sign-in:${user.id}`, () => ({
      statements: [database.db.update(users).set(change).where(eq(users.id, user.id))],
    }));
  }

  return async ({ email: typed, password, address }) => {
    const email = typed.trim().toLowerCase();
    const buckets: Bucket[] = [emailBucket(email), addressBucket(address)];
    const user = await readUser(database, localEmail(email));
    // Only a known email is written down: the field may hold anything, even the password.
    const target = user?.email ?? null;
    await throttle.begin(buckets, {
      hint: "Locked out? On the server, npm run -s nestegg -- user reset EMAIL gives a new password at once.",
      firstTime: () => audit.record({ caller: doorCaller(address), action: "sign-in.throttled", target }),
    });
    const { ok, outdated } = await passwords.verify(password, user?.passwordHash ?? null);
    if (!user || !ok || user.disabled) {
      await audit.record({ caller: doorCaller(address), action: "sign-in.failed", target });
      return null;
    }
    const lastSignInAt = clock.now().toISOString();
    await throttle.succeed(buckets);
    await noteSuccess(user, { lastSignInAt, ...(outdated ? { passwordHash: await passwords.hash(password) } : {}) });
    const { id, name, role, sessionVersion } = user;
    const caller: Caller = { actor: { kind: "user", id, name, role }, address };
    await audit.record({ caller, action: "sign-in.ok", target: user.email });
    return { ...toUserView({ ...user, lastSignInAt }), sessionVersion };
  };
}

function doorCaller(address: string | null): Caller {
  return { actor: { kind: "system", id: "system", name: "sign-in" }, address };
}
