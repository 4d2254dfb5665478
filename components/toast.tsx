"use client";

import { createContext, lazy, type ReactNode, Suspense, useCallback, useContext, useRef, useState } from "react";
import type { ToastMessage } from "@/components/toast-list";

type ShowToast = (text: string, action?: { label: string; run: () => void }) => void;

/** More at once would cover the page; the oldest gives way. */
const MAX_SHOWN = 3;
const ToastContext = createContext<ShowToast | null>(null);
/** Most visits never see one: its code comes with the first. */
const ToastList = lazy(() => import("@/components/toast-list").then((module) => ({ default: module.ToastList })));

/** Small confirmations with a way back. Nothing may be said only here: rows and pages hold the results. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<ToastMessage[] | null>(null);
  const last = useRef(0);
  const show = useCallback<ShowToast>((text, action) => {
    last.current += 1;
    const message = { id: last.current, text, action: action ?? null };
    setMessages((shown) => [...(shown ?? []), message].slice(-MAX_SHOWN));
  }, []);
  const drop = useCallback(
    (id: number) => setMessages((shown) => shown?.filter((message) => message.id !== id) ?? null),
    [],
  );
  return (
    <ToastContext value={show}>
      {children}
      {messages ? (
        <Suspense fallback={null}>
          <ToastList messages={messages} onGone={drop} />
        </Suspense>
      ) : null}
    </ToastContext>
  );
}

/** `toast("Moved “Latest restored” to 24 Nov, 14:00.", { label: "Undo", run })`. */
export function useToast(): ShowToast {
  const show = useContext(ToastContext);
  if (!show) throw new Error("useToast was called outside ToastProvider.");
  return show;
}
