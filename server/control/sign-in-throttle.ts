import { createHash } from "node:crypto";
import { eq, inArray, lt } from "drizzle-orm";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import type { ControlDatabase } from "./control-database";
import type { PatientWrites } from "./patient-writes";
import { signInAttempts } from "./schema";

export interface SignInThrottle {
  /**
   * Counts the try before it is made, so that a thousand at once are a thousand. Refused: throws `too_many_requests`
   * with the seconds to wait, after `firstTime` was called if it is the first refusal of this lock.
   */
  begin(buckets: Bucket[], refused: { hint: string; firstTime: () => Promise<void> }): Promise<void>;
  /** It was right: the email starts afresh; an address only gets this one try back, or one account would free all others. */
  succeed(buckets: Bucket[]): Promise<void>;
  forget(bucket: Bucket): Promise<void>;
}

export interface Bucket {
  name: string;
  /** Tries before the first lock. */
  free: number;
}

interface Refusal {
  seconds: number;
  first: boolean;
}

type Row = typeof signInAttempts.$inferSelect;

const FREE_PER_EMAIL = 5;
/** An office shares one address. */
const FREE_PER_ADDRESS = 20;
const FREE_SETUP_TRIES = 5;
const FIRST_LOCK_SECONDS = 30;
/** Long enough against guessing (about 100 tries a day), short enough for a person that somebody else has locked out. */
const LONGEST_LOCK_SECONDS = 15 * 60;
const FORGOTTEN_AFTER_MS = 24 * 60 * 60 * 1000;

export function emailBucket(email: string): Bucket {
  // Hashed: people type passwords into the email field.
  const digest = createHash("sha256").update(email).digest("base64url");
  return { name: `email:${digest}`, free: FREE_PER_EMAIL };
}

export function addressBucket(address: string | null, purpose: "address" | "setup" = "address"): Bucket {
  const free = purpose === "setup" ? FREE_SETUP_TRIES : FREE_PER_ADDRESS;
  return { name: `${purpose}:${network(address ?? "none")}`, free };
}

/** One subscriber has a whole /64 of IPv6. */
function network(address: string): string {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  const [head = "", tail = ""] = address.split("::");
  const front = head.split(":").filter((part) => part !== "");
  const back = address.includes("::") ? tail.split(":").filter((part) => part !== "") : [];
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => "0");
  return `${[...front, ...zeros, ...back].slice(0, 4).join(":")}::/64`;
}

export function lockSeconds(failures: number, free: number): number {
  if (failures < free) return 0;
  return Math.min(FIRST_LOCK_SECONDS * 2 ** Math.min(failures - free, 30), LONGEST_LOCK_SECONDS);
}

/** Goes on in memory while the file takes no writes: an admin must get in when the disk is full. */
export function createSignInThrottle(deps: {
  database: ControlDatabase;
  writes: PatientWrites;
  clock: Clock;
}): SignInThrottle {
  const { database, writes, clock } = deps;
  const { db } = database;
  /** Newer than the file; null: dropped. */
  const unsaved = new Map<string, Row | null>();

  async function read(buckets: Bucket[]): Promise<Map<string, Row>> {
    const names = buckets.map(({ name }) => name);
    const rows = await db.select().from(signInAttempts).where(inArray(signInAttempts.bucket, names));
    const newest = new Map<string, Row | null>(rows.map((row) => [row.bucket, row]));
    for (const name of names) if (unsaved.has(name)) newest.set(name, unsaved.get(name) ?? null);
    return new Map([...newest].flatMap(([name, row]) => (row ? [[name, row] as const] : [])));
  }

  function save(name: string, row: Row | null): Promise<boolean> {
    unsaved.set(name, row);
    return writes.save(`attempts:${name}`, () => ({
      statements: [row ? put(row) : db.delete(signInAttempts).where(eq(signInAttempts.bucket, name))],
      saved() {
        if (unsaved.get(name) === row) unsaved.delete(name);
      },
    }));
  }

  const put = (row: Row) =>
    db.insert(signInAttempts).values(row).onConflictDoUpdate({ target: signInAttempts.bucket, set: row });

  /** In one turn of the writer's queue, so that two tries never see the same count. */
  const inTurn = async <T>(work: (rows: Map<string, Row>) => T, buckets: Bucket[]) =>
    database.write(async () => work(await read(buckets)));

  function count(rows: Map<string, Row>, buckets: Bucket[]): { refusal: Refusal | null; saving: Promise<boolean>[] } {
    const now = clock.now().getTime();
    const locked = [...rows.values()].filter((row) => isLocked(row, now));
    if (locked.length > 0) {
      const until = Math.max(...locked.map(({ lockedUntil }) => lockedUntil));
      const untold = locked.filter(({ told }) => !told);
      const refusal = { seconds: Math.ceil((until - now) / 1000), first: untold.length > 0 };
      return { refusal, saving: untold.map((row) => save(row.bucket, { ...row, told: true })) };
    }
    const saving = buckets.map(({ name, free }) => {
      const row = rows.get(name);
      const failures = (row && !isForgotten(row, now) ? row.failures : 0) + 1;
      const lockedUntil = now + lockSeconds(failures, free) * 1000;
      return save(name, { bucket: name, failures, lastAt: now, lockedUntil, told: false });
    });
    return { refusal: null, saving };
  }

  async function forgetOld(): Promise<void> {
    const before = clock.now().getTime() - FORGOTTEN_AFTER_MS;
    await writes.save("attempts", () => ({
      statements: [db.delete(signInAttempts).where(lt(signInAttempts.lastAt, before))],
    }));
  }

  return {
    async begin(buckets, refused) {
      await forgetOld();
      const { refusal, saving } = await inTurn((rows) => count(rows, buckets), buckets);
      await Promise.all(saving);
      if (!refusal) return;
      if (refusal.first) await refused.firstTime();
      throw new AppError("too_many_requests", `Too many tries. Wait ${inWords(refusal.seconds)}, then try again.`, {
        hint: refused.hint,
        retryAfterSeconds: refusal.seconds,
      });
    },
    async succeed(buckets) {
      const saving = await inTurn((rows) => {
        return buckets.flatMap(({ name }) => {
          const row = rows.get(name);
          if (!row) return [];
          if (name.startsWith("email:") || row.failures <= 1) return [save(name, null)];
          return [save(name, { ...row, failures: row.failures - 1, lockedUntil: 0 })];
        });
      }, buckets);
      await Promise.all(saving);
    },
    async forget(bucket) {
      await save(bucket.name, null);
    },
  };
}

/** A clock that was set back must not lock anybody out for longer than a lock lasts. */
function isLocked({ lockedUntil }: Row, now: number): boolean {
  return lockedUntil > now && lockedUntil - now <= LONGEST_LOCK_SECONDS * 1000;
}

function isForgotten({ lastAt }: Row, now: number): boolean {
  return now - lastAt > FORGOTTEN_AFTER_MS;
}

function inWords(seconds: number): string {
  if (seconds < 90) return `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
