import { inArray } from "drizzle-orm";
import type { Clock } from "../clock";
import { AppError } from "../errors";
import type { Audit } from "./audit";
import { type ControlDatabase, type Drizzle, runBatch, type Statement } from "./control-database";
import { AWAITS_PASSWORD, WAS_DISABLED } from "./no-password-yet";
import type { RecordRows } from "./record-rows";
import { apiTokens, audit, memory, operations, users } from "./schema";
import type { Caller, OperationKind, OperationState } from "./types";

export interface BringBackInput {
  caller: Caller;
  rows: RecordRows;
  /** Where the rows come from, for the audit. */
  from: string;
  /** False: settings only, which may also be brought into a control database that has people. */
  people: boolean;
  history: boolean;
}

export interface BroughtBack {
  settings: { name: string; replaced: boolean }[];
  people: number;
  tokens: number;
  operations: number;
  audit: number;
}

/** SQLite takes 32,766 values in a statement; a row has at most 15. */
const ROWS_AT_ONCE = 500;
/**
 * With AUTH_SECRET in the environment a cookie of the lost machine still has a good signature, and the records may be older than the
 * last "sign out everywhere" there: the versions go on far beyond whatever it had reached.
 */
const SESSIONS_BEYOND = 1_000_000;
const NO_TAIL = "----";

/** All of it or nothing. Throws `conflict` when people are asked for and somebody is here already. */
export function bringBackRows(
  deps: { database: ControlDatabase; clock: Clock; audit: Audit },
  input: BringBackInput,
): Promise<BroughtBack> {
  const { rows } = input;
  return deps.database.write(async (writer) => {
    if (input.people) await requireNobody(writer);
    const names = rows.settings.map(({ name }) => name);
    const known = await writer.select({ name: memory.name }).from(memory).where(inArray(memory.name, names));
    const replaced = new Set(known.map(({ name }) => name));
    const done: BroughtBack = {
      settings: names.map((name) => ({ name, replaced: replaced.has(name) })),
      people: input.people ? rows.people.length : 0,
      tokens: input.people ? rows.tokens.length : 0,
      operations: input.history ? rows.operations.length : 0,
      audit: input.history ? rows.audit.length : 0,
    };
    await runBatch(writer, [
      ...rows.settings.map(({ name, value }) =>
        writer.insert(memory).values({ name, value }).onConflictDoUpdate({ target: memory.name, set: { value } }),
      ),
      ...(input.people ? [...peopleOf(writer, rows), ...tokensOf(writer, rows, deps.clock.now())] : []),
      ...(input.history ? historyOf(writer, rows) : []),
      deps.audit.statement({
        caller: input.caller,
        action: "records.bring-back",
        target: input.from,
        detail: { ...done, settings: names.length },
      }),
    ]);
    return done;
  });
}

export async function requireNobody(writer: Drizzle): Promise<void> {
  const [somebody] = await writer.select({ id: users.id }).from(users).limit(1);
  if (!somebody) return;
  throw new AppError("conflict", "The control database here has people already; nothing was changed in it.", {
    hint: "Bring back the settings alone with --settings-only, or start from an empty data folder.",
  });
}

function peopleOf(writer: Drizzle, { people }: RecordRows): Statement[] {
  return inChunks(people, (some) =>
    writer.insert(users).values(
      some.map(({ sessionVersion, disabled, ...person }) => ({
        ...person,
        // Who signs in through a provider needs no password of ours: only what an admin had decided stays.
        disabled: disabled || person.externalIssuer === null,
        passwordHash: disabled ? WAS_DISABLED : AWAITS_PASSWORD,
        sessionVersion: sessionVersion + SESSIONS_BEYOND,
        lastSignInAt: null,
      })),
    ),
  );
}

/** Without their secrets they open nothing: the rows say which ones have to be made anew. */
function tokensOf(writer: Drizzle, { tokens }: RecordRows, now: Date): Statement[] {
  return inChunks(tokens, (some) =>
    writer.insert(apiTokens).values(
      some.map((token) => ({
        ...token,
        secretHash: `lost:${token.id}`,
        tail: NO_TAIL,
        lastUsedAt: null,
        lastUsedFrom: null,
        revokedAt: token.revokedAt ?? now.toISOString(),
      })),
    ),
  );
}

function historyOf(writer: Drizzle, rows: RecordRows): Statement[] {
  return [
    ...inChunks(rows.operations, (some) =>
      writer
        .insert(operations)
        .values(
          some.map((run) => ({
            ...run,
            kind: run.kind as OperationKind,
            state: run.state as OperationState,
            steps: [],
            revision: 1,
            noReturn: false,
          })),
        )
        .onConflictDoNothing(),
    ),
    ...inChunks(rows.audit, (some) => writer.insert(audit).values(some)),
  ];
}

function inChunks<T>(rows: T[], statement: (some: T[]) => Statement): Statement[] {
  const chunks: Statement[] = [];
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    chunks.push(statement(rows.slice(start, start + ROWS_AT_ONCE)));
  }
  return chunks;
}
