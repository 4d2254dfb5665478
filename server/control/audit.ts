import { desc, lt } from "drizzle-orm";
import type { Clock } from "../clock";
import type { AuditEntry, AuditRow, Nestegg } from "../nestegg";
import type { ControlDatabase, Statement } from "./control-database";
import type { PatientWrites } from "./patient-writes";
import { audit } from "./schema";

export type Audit = Nestegg["audit"] & {
  /** For a change that lives in the control database itself: both are written, or neither. */
  statement(entry: AuditEntry): Statement;
};

const MAX_PAGE = 500;
const SECRET_NAME = /password|secret|authorization|cookie|access_?key/i;
const TOKEN_SECRET = /nest_[A-Za-z0-9_-]{43}/g;

/** `record` never rejects: what was done has been done. A row that cannot be written waits in memory. */
export function createAudit(deps: { database: ControlDatabase; writes: PatientWrites; clock: Clock }): Audit {
  const { database, writes, clock } = deps;
  let recorded = 0;

  const insert = (row: ReturnType<typeof toRow>) => database.db.insert(audit).values(row);
  return {
    statement: (entry) => insert(toRow(entry, clock.now())),
    async record(entry) {
      const row = toRow(entry, clock.now());
      recorded += 1;
      await writes.save(`audit:${recorded}`, () => ({ statements: [insert(row)] }));
    },
    async list({ limit, before }) {
      const rows = await database.read((db) =>
        db
          .select()
          .from(audit)
          .where(before === undefined ? undefined : lt(audit.id, before))
          .orderBy(desc(audit.id))
          .limit(Math.min(Math.max(1, Math.trunc(limit)), MAX_PAGE)),
      );
      return rows.map(({ actorId: _actorId, ...row }): AuditRow => row);
    },
  };
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
