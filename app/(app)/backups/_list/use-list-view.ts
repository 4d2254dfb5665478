"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { changeListView, type ListView, readListView, writeListView } from "./list-view";

type ChangeView = (change: Partial<ListView>, how?: "push" | "replace") => void;

/** The address is the state. It changes without asking the server for the page: only the list is read again. */
export function useListView(): [ListView, ChangeView] {
  const path = usePathname();
  const params = useSearchParams();
  const view = useMemo(() => readListView(new URLSearchParams(params)), [params]);
  const change = useCallback<ChangeView>(
    (part, how = "push") => {
      const address = path + writeListView(changeListView(view, part));
      if (how === "push") window.history.pushState(null, "", address);
      else window.history.replaceState(null, "", address);
    },
    [path, view],
  );
  return [view, change];
}
