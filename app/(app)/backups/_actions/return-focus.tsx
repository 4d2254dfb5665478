"use client";

import { useEffect } from "react";

/**
 * A dialog that a menu item opened has nothing to give the focus back to: the item is gone by then. When this leaves with the
 * dialog, the row's menu button gets it, or the page where the row is gone too.
 */
export function ReturnFocus({ id }: { id: string }) {
  useEffect(
    () => () => {
      setTimeout(() => {
        if (document.activeElement !== document.body) return;
        const name = CSS.escape(`More actions for ${id}`);
        (document.querySelector<HTMLElement>(`[aria-label="${name}"]`) ?? document.querySelector("main"))?.focus();
      });
    },
    [id],
  );
  return null;
}
