import type { BackupListInput, BackupState, BackupType } from "@/server/nestegg";

export const PAGE_SIZE = 50;

export const BACKUP_TYPES = ["manual", "scheduled", "shutdown", "safety", "upload"] as const satisfies BackupType[];
export const BACKUP_STATES = [
  "verified",
  "checked",
  "stored",
  "verifying",
  "creating",
  "failed",
  "missing",
  "unregistered",
  "deleting",
] as const satisfies BackupState[];
export const SORTS = ["newest", "oldest", "largest", "smallest"] as const;
export const SPANS = ["24h", "7d", "30d"] as const;

export type BackupSort = (typeof SORTS)[number];
export type Span = (typeof SPANS)[number];

/** What the address says the list shows. Everything a reload, a bookmark or a colleague must see again. */
export interface ListView {
  search: string;
  types: BackupType[];
  states: BackupState[];
  tag: string | null;
  span: Span | null;
  /** Whole days, "2026-11-24", both included. */
  from: string | null;
  to: string | null;
  sort: BackupSort;
  /** The cursors of the pages before this one and its own: their number is the page's, so "Previous" needs no server. */
  cursors: string[];
}

export const EMPTY_VIEW: ListView = {
  search: "",
  types: [],
  states: [],
  tag: null,
  span: null,
  from: null,
  to: null,
  sort: "newest",
  cursors: [],
};

export function readListView(params: URLSearchParams): ListView {
  return {
    search: params.get("q")?.slice(0, 200) ?? "",
    types: pick(params.get("type"), BACKUP_TYPES),
    states: pick(params.get("state"), BACKUP_STATES),
    tag: params.get("tag"),
    span: pick(params.get("when"), SPANS)[0] ?? null,
    from: day(params.get("from")),
    to: day(params.get("to")),
    sort: pick(params.get("sort"), SORTS)[0] ?? "newest",
    cursors: params.getAll("cursor").filter((cursor) => cursor !== ""),
  };
}

/** The query string with its "?", or "" for the plain list, so that equal views have equal addresses. */
export function writeListView(view: ListView): string {
  const params = new URLSearchParams();
  if (view.search) params.set("q", view.search);
  if (view.types.length > 0) params.set("type", view.types.join(","));
  if (view.states.length > 0) params.set("state", view.states.join(","));
  if (view.tag) params.set("tag", view.tag);
  if (view.span) params.set("when", view.span);
  if (view.from) params.set("from", view.from);
  if (view.to) params.set("to", view.to);
  if (view.sort !== "newest") params.set("sort", view.sort);
  for (const cursor of view.cursors) params.append("cursor", cursor);
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** Changing what is asked for starts at the first page again. */
export function changeListView(view: ListView, change: Partial<ListView>): ListView {
  return { ...view, cursors: [], ...change };
}

export function isFiltered(view: ListView): boolean {
  return (
    view.search.trim() !== "" ||
    view.types.length > 0 ||
    view.states.length > 0 ||
    view.tag !== null ||
    view.span !== null ||
    view.from !== null ||
    view.to !== null
  );
}

export function toListInput(view: ListView, now: number): BackupListInput {
  const cursor = view.cursors.at(-1);
  const search = view.search.trim();
  const { from, to } = timeRange(view, now);
  return {
    limit: PAGE_SIZE,
    sort: view.sort,
    ...(cursor ? { cursor } : {}),
    ...(search ? { search } : {}),
    ...(view.types.length > 0 ? { types: view.types } : {}),
    ...(view.states.length > 0 ? { states: view.states } : {}),
    ...(view.tag ? { tag: view.tag } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
  };
}

const SPAN_HOURS: Record<Span, number> = { "24h": 24, "7d": 7 * 24, "30d": 30 * 24 };
const HOUR_MS = 3_600_000;

/** A span begins at a whole hour, so that server and browser, asking moments apart, ask the same question. */
function timeRange(view: ListView, now: number): { from?: string; to?: string } {
  if (view.span) {
    const hour = Math.floor(now / HOUR_MS) * HOUR_MS;
    return { from: wholeSeconds(hour - SPAN_HOURS[view.span] * HOUR_MS) };
  }
  return {
    ...(view.from ? { from: `${view.from}T00:00:00Z` } : {}),
    ...(view.to ? { to: `${view.to}T23:59:59Z` } : {}),
  };
}

/** The form of a backup's own time, with which it is compared as text. */
function wholeSeconds(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

function pick<const T extends string>(text: string | null, allowed: readonly T[]): T[] {
  const asked = (text ?? "").split(",");
  return allowed.filter((word) => asked.includes(word));
}

function day(text: string | null): string | null {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  return Number.isNaN(Date.parse(`${text}T00:00:00Z`)) ? null : text;
}
