"use client";

import { useRouter } from "next/navigation";
import { Suspense, useEffect, useState } from "react";
import { LazyConfirmDialog } from "@/components/lazy-confirm-dialog";

/** Asks before a link of ours, or the browser, leaves a page whose changes are not saved. `what`: "retention". */
export function UnsavedGuard({ dirty, what }: { dirty: boolean; what: string }) {
  const router = useRouter();
  const [target, setTarget] = useState<string | null>(null);
  useEffect(() => {
    if (!dirty) return;
    const unload = (event: BeforeUnloadEvent) => event.preventDefault();
    const click = (event: MouseEvent) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
      if (!(link instanceof HTMLAnchorElement) || link.target === "_blank") return;
      if (link.origin !== window.location.origin || link.pathname === window.location.pathname) return;
      event.preventDefault();
      event.stopPropagation();
      setTarget(`${link.pathname}${link.search}${link.hash}`);
    };
    window.addEventListener("beforeunload", unload);
    // Before the router's own listener, which sits further inside.
    document.addEventListener("click", click, true);
    return () => {
      window.removeEventListener("beforeunload", unload);
      document.removeEventListener("click", click, true);
    };
  }, [dirty]);
  if (target === null) return null;
  return (
    <Suspense fallback={null}>
      <LazyConfirmDialog
        open
        onOpenChange={() => setTarget(null)}
        title={`Leave without saving ${what}?`}
        keepLabel="Stay"
        confirmLabel="Leave"
        onConfirm={() => {
          setTarget(null);
          router.push(target);
        }}
      >
        What you changed on this page is not saved yet and would be lost.
      </LazyConfirmDialog>
    </Suspense>
  );
}
