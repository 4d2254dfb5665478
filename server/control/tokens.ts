import { createHash, timingSafeEqual } from "node:crypto";
import { desc, eq } from "drizzle-orm";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import type { Tokens, TokenView } from "../nestegg";
import type { Audit } from "./audit";
import type { ControlDatabase } from "./control-database";
import { runBatch } from "./control-database";
import type { PatientWrites } from "./patient-writes";
import { apiTokens } from "./schema";
import { type Actor, SCOPES, type Scope } from "./types";

type TokenRow = typeof apiTokens.$inferSelect;

const PREFIX = "nest_";
const SECRET_BYTES = 32;
const SECRET_FORM = /^nest_[A-Za-z0-9_-]{43}$/;
const TAIL_CHARACTERS = 4;
const ID_BYTES = 8;
const DAY_MS = 24 * 60 * 60 * 1000;
const EXPIRING_BELOW_MS = 5 * DAY_MS;
const LONGEST_LIFE_DAYS = 3650;
const MAX_NAME_CHARACTERS = 100;
/** A token that polls must not write a row for each request. */
const USE_NOTED_EVERY_MS = 60_000;

export interface TokenDeps {
  database: ControlDatabase;
  writes: PatientWrites;
  clock: Clock;
  audit: Audit;
  /** ADMIN_API_TOKEN: valid beside the rows, with all scopes. */
  adminApiToken: string | null;
  changed: () => void;
}

export function createTokens(deps: TokenDeps): Tokens {
  const { database, writes, clock, audit, changed } = deps;
  const environmentHash = deps.adminApiToken === null ? null : sha256(deps.adminApiToken);

  async function noteUse(row: TokenRow, address: string | null): Promise<void> {
    const now = clock.now();
    const since = row.lastUsedAt === null ? Number.POSITIVE_INFINITY : now.getTime() - Date.parse(row.lastUsedAt);
    if (since >= 0 && since < USE_NOTED_EVERY_MS) return;
    const use = { lastUsedAt: now.toISOString(), lastUsedFrom: address };
    await writes.save(`token-use:${row.id}`, () => ({
      statements: [database.db.update(apiTokens).set(use).where(eq(apiTokens.id, row.id))],
    }));
  }

  return {
    async list() {
      const now = clock.now();
      const rows = await database.read((db) =>
        db.select().from(apiTokens).orderBy(desc(apiTokens.createdAt), desc(apiTokens.id)),
      );
      return rows.map((row) => toView(row, now));
    },

    async create(caller, input) {
      const { name, scopes, expiresInDays } = checkInput(input);
      const secret = PREFIX + Buffer.from(clock.randomHex(SECRET_BYTES), "hex").toString("base64url");
      const now = clock.now();
      const row: TokenRow = {
        id: `tok_${clock.randomHex(ID_BYTES)}`,
        name,
        scopes,
        secretHash: sha256(secret).toString("hex"),
        tail: secret.slice(-TAIL_CHARACTERS),
        createdAt: now.toISOString(),
        createdBy: caller.actor.name,
        expiresAt: expiresInDays === null ? null : new Date(now.getTime() + expiresInDays * DAY_MS).toISOString(),
        lastUsedAt: null,
        lastUsedFrom: null,
        revokedAt: null,
      };
      const detail = { name, scopes: scopes.join(" "), expiresAt: row.expiresAt };
      await database.batch([
        database.db.insert(apiTokens).values(row),
        audit.statement({ caller, action: "token.create", target: row.id, detail }),
      ]);
      changed();
      return { token: toView(row, now), secret };
    },

    async revoke(caller, { id }) {
      const revoked = await database.write(async (db) => {
        const [row] = await db.select().from(apiTokens).where(eq(apiTokens.id, id));
        if (!row)
          throw new AppError("not_found", "There is no such token.", { hint: "Settings lists all API tokens." });
        if (row.revokedAt !== null) return false;
        await runBatch(db, [
          db.update(apiTokens).set({ revokedAt: clock.now().toISOString() }).where(eq(apiTokens.id, id)),
          audit.statement({ caller, action: "token.revoke", target: id, detail: { name: row.name } }),
        ]);
        return true;
      });
      if (revoked) changed();
    },

    async authenticate(secret, address): Promise<Actor | null> {
      const hash = sha256(secret);
      if (environmentHash && timingSafeEqual(hash, environmentHash)) {
        return { kind: "environment", id: "environment", name: "environment token", scopes: [...SCOPES] };
      }
      if (!SECRET_FORM.test(secret)) return null;
      // Looked up by digest: the time of the comparison tells nothing about the secret.
      const [row] = await database.read((db) =>
        db
          .select()
          .from(apiTokens)
          .where(eq(apiTokens.secretHash, hash.toString("hex"))),
      );
      if (!row || !isUsable(row, clock.now())) return null;
      await noteUse(row, address);
      return { kind: "token", id: row.id, name: row.name, scopes: row.scopes };
    },
  };
}

function checkInput(input: Parameters<Tokens["create"]>[1]): Parameters<Tokens["create"]>[1] {
  const name = input.name.trim();
  if (name === "" || name.length > MAX_NAME_CHARACTERS) {
    throw new AppError("invalid_input", `A token needs a name of 1 to ${MAX_NAME_CHARACTERS} characters.`);
  }
  const scopes: Scope[] = SCOPES.filter((scope) => input.scopes.includes(scope));
  if (scopes.length === 0 || new Set(input.scopes).size !== scopes.length) {
    throw new AppError("invalid_input", "A token needs one scope or more.", {
      hint: `Scopes are ${SCOPES.join(", ")}.`,
    });
  }
  const days = input.expiresInDays;
  if (days !== null && !(Number.isInteger(days) && days >= 1 && days <= LONGEST_LIFE_DAYS)) {
    throw new AppError("invalid_input", `A token lives 1 to ${LONGEST_LIFE_DAYS} days, or has no end.`);
  }
  return { name, scopes, expiresInDays: days };
}

function isUsable(row: TokenRow, now: Date): boolean {
  const state = stateOf(row, now);
  return state === "active" || state === "expiring";
}

function stateOf({ revokedAt, expiresAt }: TokenRow, now: Date): TokenView["state"] {
  if (revokedAt !== null) return "revoked";
  if (expiresAt === null) return "active";
  const left = Date.parse(expiresAt) - now.getTime();
  if (left <= 0) return "expired";
  return left < EXPIRING_BELOW_MS ? "expiring" : "active";
}

/** Field by field, so that no hash ever leaves by a spread. */
function toView(row: TokenRow, now: Date): TokenView {
  const { id, name, scopes, tail, createdAt, createdBy, expiresAt, lastUsedAt, lastUsedFrom } = row;
  const state = stateOf(row, now);
  return { id, name, scopes, tail, createdAt, createdBy, expiresAt, lastUsedAt, lastUsedFrom, state };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
