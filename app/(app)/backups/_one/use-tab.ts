"use client";

import { usePathname, useSearchParams } from "next/navigation";

const TABS = ["summary", "tables", "manifest"] as const;

/** The tab stands in the address, so that a link or a reload opens the same one. */
export function useTab(): [string, (tab: string) => void] {
  const path = usePathname();
  const asked = useSearchParams().get("tab");
  const tab = TABS.find((name) => name === asked) ?? "summary";
  return [tab, (next) => window.history.replaceState(null, "", next === "summary" ? path : `${path}?tab=${next}`)];
}
