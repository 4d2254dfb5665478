import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import pLimit from "p-limit";
import { AppError } from "../errors";
import { hasNoPassword } from "./no-password-yet";

export interface PasswordCost {
  /** Memory is 128 × N × r bytes, time N × r × p. */
  N: number;
  r: number;
  p: number;
}

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Costs the same with `stored` null (no such user), and is then false. `outdated`: hash it again at this occasion. */
  verify(password: string, stored: string | null): Promise<{ ok: boolean; outdated: boolean }>;
}

/** OWASP's second scrypt setting: as strong as N=2^17, p=1, with a quarter of its memory, for small machines. */
export const DEFAULT_COST: PasswordCost = { N: 2 ** 15, r: 8, p: 3 };
const MIN_CHARACTERS = 10;
/** A password of megabytes is an attack on the hash, not a secret. */
const MAX_CHARACTERS = 512;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** The thread pool is shared with the file system: sign-ins must not take all of it, nor hold gigabytes. */
const MAX_AT_ONCE = 2;
const MAX_WAITING = 30;
const BUSY_RETRY_SECONDS = 5;
const STORED = /^scrypt\$N=(\d+),r=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/;

export function createPasswords(cost: PasswordCost = DEFAULT_COST): Passwords {
  const limit = pLimit(MAX_AT_ONCE);
  const nobody = format(cost, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));

  function derive(password: string, salt: Buffer, with_: PasswordCost): Promise<Buffer> {
    if (limit.pendingCount >= MAX_WAITING) {
      throw new AppError("too_many_requests", "Too many sign-ins at the same time; this one was not tried.", {
        hint: "Try again in a few seconds.",
        retryAfterSeconds: BUSY_RETRY_SECONDS,
      });
    }
    return limit(() => scryptAsync(password.normalize("NFKC"), salt, with_));
  }

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      return format(cost, salt, await derive(password, salt, cost));
    },
    async verify(password, given) {
      const stored = given !== null && hasNoPassword(given) ? null : given;
      const known = parse(stored ?? nobody);
      const hash = await derive(password.slice(0, MAX_CHARACTERS), known.salt, known.cost);
      const ok = timingSafeEqual(hash, known.hash) && stored !== null;
      return { ok, outdated: ok && format(cost, known.salt, known.hash) !== stored };
    },
  };
}

export function checkPassword(password: string): string {
  if (password.length >= MIN_CHARACTERS && password.length <= MAX_CHARACTERS) return password;
  throw new AppError("invalid_input", `A password needs ${MIN_CHARACTERS} to ${MAX_CHARACTERS} characters.`, {
    hint: "A few unrelated words make a good one.",
  });
}

function format(cost: PasswordCost, salt: Buffer, hash: Buffer): string {
  return `scrypt$N=${cost.N},r=${cost.r},p=${cost.p}$${salt.toString("base64url")}$${hash.toString("base64url")}`;
}

function parse(stored: string): { cost: PasswordCost; salt: Buffer; hash: Buffer } {
  const [, N, r, p, salt, hash] = STORED.exec(stored) ?? [];
  if (salt === undefined || hash === undefined) throw new Error("A stored password hash has a form that is not ours.");
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, "base64url"),
    hash: Buffer.from(hash, "base64url"),
  };
}

function scryptAsync(password: string, salt: Buffer, { N, r, p }: PasswordCost): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 256 * r * (N + p) };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
