"use client";

import { useEffect, useRef } from "react";
import { useLiveOperations } from "@/app/(app)/_shell/live";

/** Calls `again` whenever a run has ended: what stood in the way may be gone, and rows may be known by then. */
export function useAfterRuns(again: () => unknown): void {
  const active = useLiveOperations();
  const before = useRef(new Set<string>());
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    const now = new Set(active.map((run) => run.id));
    const ended = [...before.current].some((id) => !now.has(id));
    before.current = now;
    if (ended) void latest.current();
  }, [active]);
}

/**
 * A preview reads every value of the live database: neither each look at the window nor each change of a list is worth that.
 * Opening the page is, and so is the end of a run.
 */
export const PREVIEW_LASTS = { staleTime: 60_000, refetchOnWindowFocus: false };
