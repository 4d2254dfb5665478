import { and, asc, desc, gte, isNotNull, like } from "drizzle-orm";
import type { ControlDatabase } from "./control-database";
import { operationIdFloor } from "./operation-id";
import type { RecordRows } from "./record-rows";
import { SETTING_PREFIX } from "./record-rows";
import { alertChannels, apiTokens, audit, memory, operations, users } from "./schema";
import { settingWithoutSecrets, withoutSecrets } from "./without-secrets";

/** A year of trouble every minute must not make a file that no start can read: the newest so many. */
const MAX_HISTORY_ROWS = 20_000;

interface ReadInput {
  /** Null: without operations and audit. */
  historySince: Date | null;
  /** Secrets of the settings, to be found in no text. */
  secrets: readonly string[];
}

/** Field by field: a column that is added later stays out until somebody decides that it is no secret. */
export async function readRecordRows(database: ControlDatabase, input: ReadInput): Promise<RecordRows> {
  const set = await readSetUp(database);
  const history = input.historySince ? await readHistory(database, input.historySince) : { operations: [], audit: [] };
  const settings = set.settings.map(({ name, value }) => ({
    name,
    value: settingWithoutSecrets(value, input.secrets),
  }));
  const { people, tokens, channels } = set;
  return { settings, ...withoutSecrets({ people, tokens, channels, ...history }, input.secrets) };
}

function readSetUp(database: ControlDatabase) {
  return database.read(async (db) => ({
    settings: await db
      .select({ name: memory.name, value: memory.value })
      .from(memory)
      .where(like(memory.name, `${SETTING_PREFIX}%`))
      .orderBy(asc(memory.name)),
    people: await db
      .select({
        id: users.id,
        email: users.email,
        name: users.name,
        role: users.role,
        disabled: users.disabled,
        sessionVersion: users.sessionVersion,
        createdAt: users.createdAt,
        externalIssuer: users.externalIssuer,
        externalSubject: users.externalSubject,
      })
      .from(users)
      .orderBy(asc(users.id)),
    tokens: await db
      .select({
        id: apiTokens.id,
        name: apiTokens.name,
        scopes: apiTokens.scopes,
        createdAt: apiTokens.createdAt,
        createdBy: apiTokens.createdBy,
        expiresAt: apiTokens.expiresAt,
        revokedAt: apiTokens.revokedAt,
      })
      .from(apiTokens)
      .orderBy(asc(apiTokens.id)),
    channels: await db
      .select({
        name: alertChannels.name,
        kind: alertChannels.kind,
        enabled: alertChannels.enabled,
        events: alertChannels.events,
      })
      .from(alertChannels)
      .orderBy(asc(alertChannels.createdAt), asc(alertChannels.id)),
  }));
}

/** Oldest first, as they are written back. Runs that are not over belong to the process that runs them. */
async function readHistory(database: ControlDatabase, since: Date) {
  const runs = await database.read((db) =>
    db
      .select()
      .from(operations)
      .where(and(gte(operations.id, operationIdFloor(since)), isNotNull(operations.finishedAt)))
      .orderBy(desc(operations.id))
      .limit(MAX_HISTORY_ROWS),
  );
  const rows = await database.read((db) =>
    db.select().from(audit).where(gte(audit.at, since.toISOString())).orderBy(desc(audit.id)).limit(MAX_HISTORY_ROWS),
  );
  return {
    operations: runs.reverse().flatMap(({ steps: _, revision: _r, noReturn: _n, finishedAt, ...run }) => {
      return finishedAt === null ? [] : [{ ...run, finishedAt }];
    }),
    audit: rows.reverse().map(({ id: _, ...row }) => row),
  };
}
