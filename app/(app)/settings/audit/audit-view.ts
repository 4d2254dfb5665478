import type { RouterInputs } from "@/app/_trpc/client";

export const PAGE_ROWS = 50;
const TEXT_MAX_CHARACTERS = 200;

/** What the address says of the list: a reload, a bookmark and the CSV see the same. */
export interface AuditView {
  person: string | null;
  action: string | null;
  target: string;
  /** Whole days in UTC, both included. */
  from: string | null;
  to: string | null;
  /** Ids of the last rows of the pages before this one: their number is the page's, so "Previous" needs no server. */
  before: number[];
}

export const EMPTY_VIEW: AuditView = { person: null, action: null, target: "", from: null, to: null, before: [] };

export function readAuditView(params: URLSearchParams): AuditView {
  return {
    person: text(params.get("person")),
    action: text(params.get("action")),
    target: text(params.get("target")) ?? "",
    from: day(params.get("from")),
    to: day(params.get("to")),
    before: params
      .getAll("before")
      .map(Number)
      .filter((id) => Number.isSafeInteger(id) && id > 0),
  };
}

/** With its "?", or "" for the plain list. */
export function writeAuditView(view: AuditView): string {
  const params = filterParams(view, "person");
  for (const id of view.before) params.append("before", String(id));
  const written = params.toString();
  return written === "" ? "" : `?${written}`;
}

export function csvAddress(view: AuditView): string {
  const written = filterParams(view, "actorId").toString();
  return `/api/admin/audit.csv${written === "" ? "" : `?${written}`}`;
}

/** One row more than a page holds says whether there is a next one. */
export function toAuditInput(view: AuditView): RouterInputs["audit"]["list"] {
  const before = view.before.at(-1);
  return {
    limit: PAGE_ROWS + 1,
    ...(view.person ? { actorId: view.person } : {}),
    ...(view.action ? { action: view.action } : {}),
    ...(view.target ? { target: view.target } : {}),
    ...(view.from ? { from: view.from } : {}),
    ...(view.to ? { to: view.to } : {}),
    ...(before === undefined ? {} : { before }),
  };
}

export function isFiltered({ person, action, target, from, to }: AuditView): boolean {
  return Boolean(person || action || target || from || to);
}

function filterParams(view: AuditView, personName: "person" | "actorId"): URLSearchParams {
  const { person, action, target, from, to } = view;
  const pairs = Object.entries({ [personName]: person, action, target, from, to });
  return new URLSearchParams(pairs.flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

function text(given: string | null): string | null {
  const trimmed = given?.trim().slice(0, TEXT_MAX_CHARACTERS);
  return trimmed ? trimmed : null;
}

/** A day that is none ("2026-02-31") would be refused by the server. */
function day(given: string | null): string | null {
  if (!given || !/^\d{4}-\d{2}-\d{2}$/.test(given)) return null;
  const at = new Date(`${given}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(given) ? given : null;
}
