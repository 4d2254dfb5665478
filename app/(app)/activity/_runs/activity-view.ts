import type { OperationKind, OperationState, OperationView } from "@/server/control/types";

export const PAGE_SIZE = 50;

export const KINDS = [
  "backup",
  "verify",
  "restore",
  "undo-restore",
  "delete",
  "adopt",
  "upload",
  "let-go",
  "retention",
  "renewal",
  "drill",
  "bucket-rules",
  "own-records",
  "clean-up",
  "rescue",
] as const satisfies OperationKind[];

/** What people ask for, and the states that answer it. */
export const RESULTS = {
  running: { label: "Running", states: ["queued", "running", "waiting"] },
  done: { label: "Done", states: ["ok", "ok-retried"] },
  failed: { label: "Failed", states: ["failed", "interrupted", "rolled-back"] },
  cancelled: { label: "Cancelled", states: ["cancelled"] },
} as const satisfies Record<string, { label: string; states: OperationState[] }>;

export type Result = keyof typeof RESULTS;
export const RESULT_NAMES = ["running", "done", "failed", "cancelled"] as const satisfies Result[];

export interface ActivityView {
  kinds: OperationKind[];
  results: Result[];
  cursors: string[];
}

export function readActivityView(params: URLSearchParams): ActivityView {
  const kinds = params.get("kind")?.split(",") ?? [];
  const results = params.get("result")?.split(",") ?? [];
  return {
    kinds: KINDS.filter((kind) => kinds.includes(kind)),
    results: RESULT_NAMES.filter((result) => results.includes(result)),
    cursors: params.getAll("cursor").filter((cursor) => cursor !== ""),
  };
}

export function writeActivityView(view: ActivityView): string {
  const params = new URLSearchParams();
  if (view.kinds.length > 0) params.set("kind", view.kinds.join(","));
  if (view.results.length > 0) params.set("result", view.results.join(","));
  for (const cursor of view.cursors) params.append("cursor", cursor);
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

export function toActivityInput(view: ActivityView) {
  const cursor = view.cursors.at(-1);
  const states = view.results.flatMap((result): OperationState[] => [...RESULTS[result].states]);
  return {
    limit: PAGE_SIZE,
    ...(view.kinds.length > 0 ? { kinds: view.kinds } : {}),
    ...(states.length > 0 ? { states } : {}),
    ...(cursor ? { cursor } : {}),
  };
}

/** The page with what is known by now: fresher states, and on the first page runs that began since it was read. */
export function withLiveRuns(page: OperationView[], active: OperationView[], view: ActivityView): OperationView[] {
  const fresh = new Map(active.map((run) => [run.id, run]));
  const known = new Set(page.map((run) => run.id));
  const { states } = toActivityInput(view);
  const begun = view.cursors.length > 0 ? [] : active.filter((run) => !known.has(run.id));
  const fits = (run: OperationView) =>
    (view.kinds.length === 0 || view.kinds.includes(run.kind)) && (!states || states.includes(run.state));
  const current = page.map((run) => {
    const live = fresh.get(run.id);
    return live && live.revision > run.revision ? live : run;
  });
  return [...begun.filter(fits).toReversed(), ...current];
}
