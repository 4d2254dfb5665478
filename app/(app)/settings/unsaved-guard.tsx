"use client";

import { useRouter } from "next/navigation";
import { Suspense, useEffect, useRef, useState } from "react";
import { LazyConfirmDialog, loadConfirmDialog } from "@/components/lazy-confirm-dialog";

const LOST = "What you changed on this page is not saved yet and would be lost.";

/** Asks before a link of ours, Back, Forward or the browser leaves a page whose changes are not saved. `what`: "retention". */
export function UnsavedGuard({ dirty, what }: { dirty: boolean; what: string }) {
  const router = useRouter();
  const [leave, setLeave] = useState<(() => void) | null>(null);
  const leaving = useRef(false);
  // The dialog's code cannot be had (the server is away): the browser's own question stands in.
  const plain = useRef(false);
  useEffect(() => {
    if (!dirty) return;
    loadConfirmDialog().then(
      () => (plain.current = false),
      () => (plain.current = true),
    );
    const ask = (event: Event, go: () => void) => {
      if (plain.current && window.confirm(`Leave without saving ${what}? ${LOST}`)) return;
      event.preventDefault();
      event.stopPropagation();
      if (!plain.current) setLeave(() => go);
    };
    const unload = (event: BeforeUnloadEvent) => event.preventDefault();
    const click = (event: MouseEvent) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
      if (!(link instanceof HTMLAnchorElement) || link.target === "_blank") return;
      if (link.origin !== window.location.origin || link.pathname === window.location.pathname) return;
      ask(event, () => router.push(`${link.pathname}${link.search}${link.hash}`));
    };
    // Browsers without the Navigation API go back unasked. A second press in a row always leaves: theirs, not ours.
    const history = "navigation" in window ? window.navigation : null;
    const traverse = (event: NavigateEvent) => {
      if (leaving.current || event.navigationType !== "traverse" || !event.cancelable) return;
      const { key, url } = event.destination;
      if (new URL(url).pathname === window.location.pathname) return;
      ask(event, () => history?.traverseTo(key));
    };
    leaving.current = false;
    history?.addEventListener("navigate", traverse);
    window.addEventListener("beforeunload", unload);
    // Before the router's own listener, which sits further inside.
    document.addEventListener("click", click, true);
    return () => {
      history?.removeEventListener("navigate", traverse);
      window.removeEventListener("beforeunload", unload);
      document.removeEventListener("click", click, true);
    };
  }, [dirty, router, what]);
  if (leave === null) return null;
  return (
    <Suspense fallback={null}>
      <LazyConfirmDialog
        open
        onOpenChange={() => setLeave(null)}
        title={`Leave without saving ${what}?`}
        keepLabel="Stay"
        confirmLabel="Leave"
        onConfirm={() => {
          setLeave(null);
          leaving.current = true;
          leave();
        }}
      >
        {LOST}
      </LazyConfirmDialog>
    </Suspense>
  );
}
