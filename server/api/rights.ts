import type { Caller, Role, Scope } from "../control/types";
import { AppError } from "../errors";

interface GuardedRight {
  /** The least role of a signed-in person who may; null: no person, tokens only. */
  role: Role | null;
  /** Any one of these on a token suffices; none: no token may, people only. */
  scopes: readonly Scope[];
}

export type Right = "public" | GuardedRight;

const look = { role: "viewer", scopes: ["backups:read"] } as const;
const create = { role: "operator", scopes: ["backups:create"] } as const;
const tag = { role: "operator", scopes: ["backups:tag"] } as const;
const download = { role: "operator", scopes: ["backups:download"] } as const;
const erase = { role: "admin", scopes: ["backups:delete"] } as const;
const restore = { role: "admin", scopes: ["backups:restore"] } as const;
const anyPerson = { role: "viewer", scopes: [] } as const;
const adminOnly = { role: "admin", scopes: [] } as const;

/**
 * Who may do what, on every door: tRPC procedures by path, REST routes by method and path, and three finer rights
 * that depend on the input (`lock` with false, `cancel` of somebody else's run, writing by SQL).
 * Tokens never reach people, tokens, settings or audit: a leaked one cannot make itself last.
 */
export const RIGHTS = {
  "backups.list": look,
  "backups.get": look,
  "backups.create": create,
  "backups.verify": create,
  "backups.tag": tag,
  "backups.setStatus": tag,
  "backups.lock": tag,
  "backups.unlock": erase,
  "backups.remove": erase,
  "backups.undelete": erase,
  "backups.adopt": { role: "admin", scopes: ["backups:create"] },
  "backups.downloadUrl": download,
  "backups.previewRestore": look,
  "backups.restore": restore,
  "backups.previewUndo": look,
  "backups.undoRestore": restore,
  "backups.kept": look,
  "backups.letGo": erase,

  "uploads.begin": restore,
  "uploads.get": restore,
  "uploads.finish": restore,
  "uploads.drop": restore,

  "operations.list": look,
  "operations.get": look,
  "operations.log": look,
  "operations.events": look,
  "operations.cancel": create,
  "operations.cancelAny": adminOnly,

  "status.get": look,
  "cost.get": anyPerson,
  "cost.save": adminOnly,

  "database.tables": look,
  "database.info": look,
  "database.startEmpty": adminOnly,

  // It changes no setting: its scratch objects are written and removed as a backup's claim is.
  "doctor.run": { role: "admin", scopes: ["backups:create"] },
  "doctor.last": look,
  "drills.get": look,
  "drills.run": create,
  "drills.save": adminOnly,

  "tokens.list": adminOnly,
  "tokens.create": adminOnly,
  "tokens.revoke": adminOnly,

  "settings.facts": anyPerson,
  "settings.lastStorageCheck": anyPerson,
  "settings.storageCheck": adminOnly,
  "settings.takeOver": adminOnly,

  "retention.get": anyPerson,
  "retention.preview": anyPerson,
  "retention.save": adminOnly,
  "retention.run": adminOnly,
  "bucketRules.get": anyPerson,
  "bucketRules.write": adminOnly,

  "schedule.get": anyPerson,
  "schedule.preview": anyPerson,
  "schedule.save": adminOnly,
  "schedule.pause": adminOnly,
  "schedule.resume": adminOnly,

  "alerts.channels": adminOnly,
  "alerts.add": adminOnly,
  "alerts.change": adminOnly,
  "alerts.remove": adminOnly,
  "alerts.test": adminOnly,
  "alerts.deliveries": adminOnly,

  "audit.list": adminOnly,
  "audit.choices": adminOnly,

  "people.list": adminOnly,
  "people.invite": adminOnly,
  "people.withdraw": adminOnly,
  "people.setRole": adminOnly,
  "people.setDisabled": adminOnly,
  "people.changePassword": anyPerson,
  "people.invitation": "public",
  "people.accept": "public",

  "session.get": "public",
  "session.provider": "public",
  "session.signOutEverywhere": anyPerson,
  "setup.needed": "public",
  "setup.createAdmin": "public",

  "POST /api/admin/backup": create,
  "GET /api/admin/backups": look,
  "GET /api/admin/backup/:id": look,
  "GET /api/admin/backup/:id/download": download,
  "POST /api/admin/backup/:id/verify": create,
  "PUT /api/admin/backup/:id/status": tag,
  "PUT /api/admin/backup/:id/tags": tag,
  "PUT /api/admin/backup/:id/lock": tag,
  "DELETE /api/admin/backup/:id": erase,
  "POST /api/admin/backup/:id/undelete": erase,
  "GET /api/admin/backup/:id/restore-preview": look,
  "POST /api/admin/backup/:id/restore": restore,
  "POST /api/admin/restore/undo": restore,
  "GET /api/admin/restore/kept": look,
  "POST /api/admin/uploads": restore,
  "GET /api/admin/uploads/:id": restore,
  "PUT /api/admin/uploads/:id/parts/:part": restore,
  "POST /api/admin/uploads/:id/finish": restore,
  "DELETE /api/admin/uploads/:id": restore,
  "GET /api/admin/operations": look,
  "GET /api/admin/operations/:id": look,
  "POST /api/admin/operations/:id/cancel": create,
  "GET /api/admin/audit.csv": adminOnly,
  "POST /api/admin/doctor": { role: "admin", scopes: ["backups:create"] },
  "GET /api/admin/doctor": look,
  "GET /api/admin/openapi.json": "public",

  "GET /api/metrics": { role: null, scopes: ["metrics:read"] },
  "POST /api/sql": { role: null, scopes: ["sql:read", "sql:write"] },
  "sql.write": { role: null, scopes: ["sql:write"] },
} as const satisfies Record<string, Right>;

export type RightName = keyof typeof RIGHTS;

/** Rights that no procedure or route carries as its name: they are asked for inside one, by its input. */
export const INNER_RIGHTS = ["backups.unlock", "operations.cancelAny", "sql.write"] as const satisfies RightName[];

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Throws `unauthenticated` or `forbidden`. A name that is not in the table is refused to everybody. */
export function requireRight(caller: Caller | null, name: string): void {
  const right = rightOf(name);
  if (right === "public") return;
  if (!caller) {
    throw new AppError("unauthenticated", "Nobody is signed in with this request; nothing was read or changed.", {
      hint: "Sign in, or send a valid API token as “Authorization: Bearer …”.",
    });
  }
  if (!right || !allows(right, caller)) throw refusal(right, caller);
}

export function hasRight(caller: Caller | null, name: RightName): boolean {
  const right = rightOf(name);
  return right === "public" || (right !== null && caller !== null && allows(right, caller));
}

function rightOf(name: string): Right | null {
  return Object.hasOwn(RIGHTS, name) ? RIGHTS[name as RightName] : null;
}

function allows(right: GuardedRight, { actor }: Caller): boolean {
  if (actor.kind === "system") return true;
  if (actor.kind === "user") return right.role !== null && RANK[actor.role] >= RANK[right.role];
  return right.scopes.some((scope) => actor.scopes.includes(scope));
}

function refusal(right: GuardedRight | null, { actor }: Caller): AppError {
  const nothing = "nothing was read or changed";
  if (actor.kind !== "user") {
    const [scope] = right?.scopes ?? [];
    return scope
      ? new AppError("forbidden", `This token lacks the scope ${scope}; ${nothing}.`, {
          hint: "Create a token with that scope in Settings, API tokens.",
        })
      : new AppError("forbidden", `No API token may do this; ${nothing}.`, {
          hint: "Sign in to the dashboard instead.",
        });
  }
  if (!right?.role) {
    return new AppError("forbidden", `This door takes API tokens only; ${nothing}.`, {
      hint: "Send “Authorization: Bearer …” with a token from Settings, API tokens.",
    });
  }
  return new AppError("forbidden", `Only ${right.role}s can do this, you are signed in as ${actor.role}; ${nothing}.`, {
    hint: `Ask an admin, or sign in as one with the role ${right.role}.`,
  });
}
