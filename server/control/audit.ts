import { and, asc, desc, eq, gte, lt, lte, max, sql } from "drizzle-orm";
import type { Clock } from "../clock";
import type { AuditBook, AuditEntry, AuditFilter, AuditRow } from "../nestegg";
import type { ControlDatabase, Statement } from "./control-database";
import type { PatientWrites } from "./patient-writes";
import { audit } from "./schema";

export type Audit = AuditBook & {
  /** For a change that lives in the control database itself: both are written, or neither. */
  statement(entry: AuditEntry): Statement;
};

const MAX_PAGE = 500;
const SECRET_NAME = /password|secret|authorization|cookie|access_?key/i;
const TOKEN_SECRET = /nest_[A-Za-z0-9_-]{43}/g;

/** `record` never rejects: what was done has been done. A row that cannot be written waits in memory. */
export function createAudit(deps: {
  database: ControlDatabase;
  writes: PatientWrites;
  clock: Clock;
  recorded?: (entry: AuditEntry) => void;
}): Audit {
  const { database, writes, clock, recorded: heard } = deps;
  let recorded = 0;

  const insert = (row: ReturnType<typeof toRow>) => database.db.insert(audit).values(row);
  return {
    statement: (entry) => insert(toRow(entry, clock.now())),
    async record(entry) {
      const row = toRow(entry, clock.now());
      recorded += 1;
      heard?.(entry);
      await writes.save(`audit:${recorded}`, () => ({ statements: [insert(row)] }));
    },
    async list({ limit, before, ...filter }) {
      const rows = await database.read((db) =>
        db
          .select()
          .from(audit)
          .where(and(before === undefined ? undefined : lt(audit.id, before), ...conditions(filter)))
          .orderBy(desc(audit.id))
          .limit(Math.min(Math.max(1, Math.trunc(limit)), MAX_PAGE)),
      );
      return rows.map(({ actorId: _actorId, ...row }): AuditRow => row);
    },
    async choices() {
      const { actorId, actor, actorKind, action, id } = audit;
      const [actors, actions] = await database.read((db) =>
        Promise.all([
          // The name of the newest row: people are renamed. SQLite takes bare columns from the row of the max().
          db
            .select({ id: actorId, name: actor, kind: actorKind, newest: max(id) })
            .from(audit)
            .groupBy(actorId),
          db.select({ action }).from(audit).groupBy(action).orderBy(asc(action)),
        ]),
      );
      return {
        actors: actors
          .map(({ newest: _newest, ...one }) => one)
          .sort((a, b) => a.name.localeCompare(b.name, "en") || a.id.localeCompare(b.id, "en")),
        actions: actions.map((row) => row.action),
      };
    },
  };
}

function conditions({ actorId, action, target, from, to }: AuditFilter) {
  return [
    actorId === undefined ? undefined : eq(audit.actorId, actorId),
    action === undefined ? undefined : action.endsWith(".") ? startsWith(action) : eq(audit.action, action),
    // instr, not LIKE: what people type must not work as a pattern.
    target === undefined ? undefined : sql`instr(lower(${audit.target}), lower(${target})) > 0`,
    from === undefined ? undefined : gte(audit.at, from),
    to === undefined ? undefined : lte(audit.at, to),
  ];
}

/** As a range, which the index serves: "/" is the character after ".". */
function startsWith(group: string) {
  return and(gte(audit.action, group), lt(audit.action, `${group.slice(0, -1)}/`));
}

function toRow({ caller, action, target, detail }: AuditEntry, at: Date) {
  const { actor, address } = caller;
  return {
    at: at.toISOString(),
    actor: actor.name,
    actorId: actor.id,
    actorKind: actor.kind,
    address,
    action,
    target,
    detail: withoutSecrets(detail ?? {}),
  };
}

/** A net, not a licence: callers leave secrets out. */
function withoutSecrets(detail: AuditRow["detail"]): AuditRow["detail"] {
  return Object.fromEntries(
    Object.entries(detail).map(([name, value]) => {
      if (SECRET_NAME.test(name)) return [name, "[secret]"];
      return [name, typeof value === "string" ? value.replace(TOKEN_SECRET, "[secret]") : value];
    }),
  );
}
