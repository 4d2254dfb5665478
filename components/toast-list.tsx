"use client";

import { Toast } from "radix-ui";

export interface ToastMessage {
  id: number;
  text: string;
  action: { label: string; run: () => void } | null;
}

/** Long enough to read a sentence and reach Undo; hover and focus hold it. */
const SHOWN_MS = 8_000;

export function ToastList({ messages, onGone }: { messages: ToastMessage[]; onGone(id: number): void }) {
  return (
    <Toast.Provider duration={SHOWN_MS} label="Notification" swipeDirection="right">
      {messages.map((message) => (
        <Toast.Root
          key={message.id}
          type="background"
          onOpenChange={(open) => (open ? undefined : onGone(message.id))}
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
  );
}
