"use client";

import { useEffect, useState } from "react";
import type { OperationView } from "@/server/control/types";

/** A run that ends leaves its row only when the list has been read again: else the row would be gone for a blink. */
export function useHeldRuns(active: OperationView[], readAt: number): OperationView[] {
  const [held, setHeld] = useState({ runs: active, readAt });
  useEffect(() => {
    setHeld((before) => ({ readAt, runs: before.readAt === readAt ? together(active, before.runs) : active }));
  }, [active, readAt]);
  return held.readAt === readAt ? together(active, held.runs) : active;
}

function together(active: OperationView[], held: OperationView[]): OperationView[] {
  const known = new Set(active.map((run) => run.id));
  const left = held.filter((run) => !known.has(run.id));
  return left.length === 0 ? active : [...active, ...left];
}
