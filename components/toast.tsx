"use client";

import { Toast } from "radix-ui";
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";

interface Message {
  id: number;
  text: string;
  action: { label: string; run: () => void } | null;
}

type ShowToast = (text: string, action?: { label: string; run: () => void }) => void;

/** Long enough to read a sentence and reach Undo; hover and focus hold it. */
const SHOWN_MS = 8_000;
/** More at once would cover the page; the oldest gives way. */
const MAX_SHOWN = 3;
const ToastContext = createContext<ShowToast | null>(null);

/** Small confirmations with a way back. Nothing may be said only here: rows and pages hold the results. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<Message[]>([]);
  const last = useRef(0);
  const show = useCallback<ShowToast>((text, action) => {
    last.current += 1;
    const message = { id: last.current, text, action: action ?? null };
    setMessages((shown) => [...shown, message].slice(-MAX_SHOWN));
  }, []);
  const drop = (id: number) => setMessages((shown) => shown.filter((message) => message.id !== id));
  return (
    <ToastContext value={show}>
      {children}
      <Toast.Provider duration={SHOWN_MS} label="Notification" swipeDirection="right">
        {messages.map((message) => (
          <Toast.Root
            key={message.id}
            type="background"
            onOpenChange={(open) => (open ? undefined : drop(message.id))}
            className="card appear flex items-center gap-3 bg-ink! px-4 py-3 text-paper shadow-pop"
          >
            <Toast.Title className="flex-1 text-base [overflow-wrap:anywhere]">{message.text}</Toast.Title>
            {message.action ? (
              <Toast.Action asChild altText={`${message.action.label}: ${message.text}`}>
                <button
                  type="button"
                  onClick={message.action.run}
                  className="touch-target rounded-control px-2 py-1 font-semibold underline underline-offset-3"
                >
                  {message.action.label}
                </button>
              </Toast.Action>
            ) : null}
          </Toast.Root>
        ))}
        <Toast.Viewport
          label="Notifications"
          className="fixed inset-x-3 bottom-[calc(84px+env(safe-area-inset-bottom))] z-50 m-0 grid list-none gap-2 p-0 shell:inset-x-auto shell:right-6 shell:bottom-6 shell:w-[380px]"
        />
      </Toast.Provider>
    </ToastContext>
  );
}

/** `toast("Moved “Latest restored” to 24 Nov, 14:00.", { label: "Undo", run })`. */
export function useToast(): ShowToast {
  const show = useContext(ToastContext);
  if (!show) throw new Error("useToast was called outside ToastProvider.");
  return show;
}
