"use client";

import { useSyncExternalStore } from "react";

const never = () => () => {};

/**
 * Whether a streamed answer may be drawn. What was not in the first HTML may reach the browser before React wakes up there:
 * drawn at once, it would differ from that HTML.
 */
export function useStreamed(inFirstHtml: boolean): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => inFirstHtml,
  );
}
