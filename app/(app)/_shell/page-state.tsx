"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { runProgress } from "@/components/operation-words";
import { useLiveOperations } from "./live";
import { useStatus } from "./use-status";

const WORDS = { safe: "Safe", "at-risk": "At risk", unprotected: "Not protected", unknown: "Unknown" } as const;
const OWN_PREFIX = /^(?:Safe|At risk|Not protected|Unknown|\d{1,3}\u00a0%): /;
/** A verdict ages without any event: a backup that did not come is not an event. */
const AGES_EVERY_MS = 60_000;

/** Keeps title and favicon telling the state, so that a tab in the background can be read. */
export function PageState() {
  const trpc = useTRPC();
  useQuery(trpc.status.get.queryOptions(undefined, { refetchInterval: AGES_EVERY_MS, refetchOnWindowFocus: true }));
  const { protection } = useStatus();
  const percent = useLiveOperations()
    .map((run) => runProgress(run).percent)
    .find((value) => value !== null);
  const prefix = percent === undefined ? WORDS[protection.status] : `${percent}\u00a0%`;
  useEffect(() => {
    const retitle = () => {
      const wanted = `${prefix}: ${document.title.replace(OWN_PREFIX, "")}`;
      // A page that failed says so itself.
      if (document.title !== wanted && !document.title.startsWith("Failed: ")) document.title = wanted;
    };
    retitle();
    // Next writes the title anew after a navigation, at a moment of its own.
    const watcher = new MutationObserver(retitle);
    watcher.observe(document.head, { childList: true, subtree: true, characterData: true });
    return () => watcher.disconnect();
  }, [prefix]);
  return <link rel="icon" type="image/svg+xml" href={`/egg-${protection.status}.svg`} />;
}
