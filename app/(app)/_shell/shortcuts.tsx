"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { KEYS_COOKIE, writePreference } from "@/components/preferences";
import { useBackupNow } from "./backup-now";

const CommandPalette = dynamic(() => import("./command-palette").then((module) => module.CommandPalette), {
  ssr: false,
});
const KeyHelp = dynamic(() => import("./key-help").then((module) => module.KeyHelp), { ssr: false });

const GO: Record<string, string> = { o: "/", b: "/backups", a: "/activity", s: "/settings" };
/** After G the next key must come this soon, else a later letter would surprise. */
const GO_WITHIN_MS = 1_200;

interface Shortcuts {
  openPalette(): void;
  openKeyHelp(): void;
  /** Letters without a modifier; Cmd/Ctrl K always works. */
  lettersOn: boolean;
  setLettersOn(on: boolean): void;
}

const ShortcutsContext = createContext<Shortcuts | null>(null);

export function ShortcutsProvider({ lettersOn: initial, children }: { lettersOn: boolean; children: ReactNode }) {
  const router = useRouter();
  const { start } = useBackupNow();
  const [opened, setOpened] = useState<"palette" | "help" | null>(null);
  const [lettersOn, setOn] = useState(initial);
  const setLettersOn = useCallback((on: boolean) => {
    setOn(on);
    writePreference(KEYS_COOKIE, on ? "on" : "off");
  }, []);

  useEffect(() => {
    let goneAt = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setOpened((now) => (now === "palette" ? null : "palette"));
        return;
      }
      if (!lettersOn || event.defaultPrevented || event.repeat || isTyping(event)) return;
      const key = event.key.toLowerCase();
      const target = GO[key];
      if (event.timeStamp - goneAt < GO_WITHIN_MS && target) {
        goneAt = Number.NEGATIVE_INFINITY;
        router.push(target);
      } else if (key === "g") goneAt = event.timeStamp;
      else if (key === "b") start();
      else if (event.key === "?") setOpened("help");
      else if (key === "/") {
        const search = document.querySelector<HTMLElement>('main input[type="search"], main [role="searchbox"]');
        if (search) search.focus();
        else setOpened("palette");
      } else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [lettersOn, router, start]);

  const value = useMemo(
    () => ({
      openPalette: () => setOpened("palette"),
      openKeyHelp: () => setOpened("help"),
      lettersOn,
      setLettersOn,
    }),
    [lettersOn, setLettersOn],
  );
  const close = () => setOpened(null);
  return (
    <ShortcutsContext value={value}>
      {children}
      {opened === "palette" ? <CommandPalette onClose={close} /> : null}
      {opened === "help" ? <KeyHelp onClose={close} /> : null}
    </ShortcutsContext>
  );
}

/** In a field, a menu or a dialog letters belong to what has the focus. */
function isTyping(event: KeyboardEvent): boolean {
  if (event.metaKey || event.ctrlKey || event.altKey) return true;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest(
      'input, select, textarea, [role="menu"], [role="dialog"], [role="alertdialog"], [role="listbox"]',
    ) !== null
  );
}

export function useShortcuts(): Shortcuts {
  const shortcuts = useContext(ShortcutsContext);
  if (!shortcuts) throw new Error("useShortcuts was called outside the shell.");
  return shortcuts;
}
