"use client";

import clsx from "clsx";
import { AlertDialog, Dialog as RadixDialog } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { Button } from "@/components/button";
import { Note } from "@/components/note";

const VEIL = "fixed inset-0 z-40 bg-veil forced-colors:bg-[Canvas]";
const SHEET =
  "card appear fixed z-50 max-h-[calc(100dvh-32px)] overflow-y-auto shadow-pop " +
  "inset-x-3 bottom-3 sm:inset-x-auto sm:bottom-auto sm:left-1/2 sm:top-[12dvh] sm:w-[calc(100vw-48px)] sm:-translate-x-1/2";

/**
 * Gives the focus back to what had it. Radix does so only for its own trigger, and ours are drawn when they are asked for;
 * where the opener is gone (a menu's item), whoever asked sees to it.
 */
function useOpener() {
  const opener = useRef<Element | null>(null);
  return {
    onOpenAutoFocus: () => {
      opener.current = document.activeElement;
    },
    onCloseAutoFocus: (event: Event) => {
      if (!(opener.current instanceof HTMLElement) || !opener.current.isConnected) return;
      event.preventDefault();
      opener.current.focus();
    },
  };
}

interface DialogProps {
  open: boolean;
  onOpenChange(open: boolean): void;
  title: ReactNode;
  description?: ReactNode;
  /** Buttons, the harmless one first. */
  footer?: ReactNode;
  /** While something is being sent, neither Esc nor a press outside closes it. */
  busy?: boolean;
  wide?: boolean;
  /** Keeps the title for screen readers only. */
  bare?: boolean;
  children?: ReactNode;
}

export function Dialog({ open, onOpenChange, title, description, footer, busy, wide, bare, children }: DialogProps) {
  const focus = useOpener();
  return (
    <RadixDialog.Root open={open} onOpenChange={(next) => (busy ? undefined : onOpenChange(next))}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className={VEIL} />
        <RadixDialog.Content
          {...focus}
          className={clsx(SHEET, wide ? "sm:max-w-[680px]" : "sm:max-w-[480px]")}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <div className={bare ? "sr-only" : "px-5 pt-5"}>
            <RadixDialog.Title className="text-lg font-semibold [overflow-wrap:anywhere]">{title}</RadixDialog.Title>
            {description ? (
              <RadixDialog.Description className="mt-1 text-base text-ink-2">{description}</RadixDialog.Description>
            ) : null}
          </div>
          {bare ? children : <div className="px-5 pt-4 pb-5">{children}</div>}
          {footer ? (
            <div className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-4">{footer}</div>
          ) : null}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

interface ConfirmDialogProps {
  open: boolean;
  onOpenChange(open: boolean): void;
  /** Verb and object: "Delete 24 Nov, 13:00?". */
  title: ReactNode;
  /** The harmless answer; it has the focus. "Keep backup". */
  keepLabel: string;
  /** Repeats the verb: "Delete backup". */
  confirmLabel: string;
  tone?: "danger" | "default";
  busy?: boolean;
  /** Why the last try failed; stays until the next. */
  error?: string | null;
  /** Does not close by itself: close it when the answer is there. */
  onConfirm(): void;
  children?: ReactNode;
}

/** What is lost, what stays, and two answers. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const {
    open,
    onOpenChange,
    title,
    keepLabel,
    confirmLabel,
    tone = "danger",
    busy,
    error,
    onConfirm,
    children,
  } = props;
  const focus = useOpener();
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => (busy ? undefined : onOpenChange(next))}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={VEIL} />
        <AlertDialog.Content
          {...focus}
          className={clsx(SHEET, "sm:max-w-[460px]")}
          {...(children ? {} : { "aria-describedby": undefined })}
        >
          <div className="grid gap-2 p-5">
            <AlertDialog.Title className="text-lg font-semibold [overflow-wrap:anywhere]">{title}</AlertDialog.Title>
            {children ? (
              <AlertDialog.Description asChild>
                <div className="text-base text-ink-2">{children}</div>
              </AlertDialog.Description>
            ) : null}
            {error ? (
              <Note tone="danger" role="alert" className="mt-2">
                {error}
              </Note>
            ) : null}
          </div>
          <div className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-4">
            <AlertDialog.Cancel asChild>
              <Button disabled={busy}>{keepLabel}</Button>
            </AlertDialog.Cancel>
            <Button variant={tone === "danger" ? "danger" : "primary"} busy={busy} onClick={onConfirm}>
              {confirmLabel}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
