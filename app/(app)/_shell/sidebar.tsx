"use client";

import Link from "next/link";
import { useSyncExternalStore } from "react";
import { Button } from "@/components/button";
import { formatBytes } from "@/components/bytes";
import { Icon } from "@/components/icon";
import { KeyHint } from "@/components/key-hint";
import { Mark } from "@/components/mark";
import { Account, AccountName } from "./account";
import { ConnectionLine } from "./connection-line";
import { SideNav } from "./nav";
import { useShortcuts } from "./shortcuts";
import { ThemeSwitch } from "./theme";
import { useStatus } from "./use-status";

function never() {
  return () => {};
}

function isApple(): boolean {
  return /Mac|iP(?:hone|ad|od)/.test(navigator.platform);
}

const STATE_WORDS = { open: null, opening: "opening…", unusable: "cannot be opened", closed: "closed" } as const;

export function Sidebar() {
  const { openPalette } = useShortcuts();
  const usesCommandKey = useSyncExternalStore(never, isApple, () => false);
  return (
    <aside className="sticky top-0 hidden h-dvh flex-col gap-4 overflow-y-auto border-r border-line px-3.5 pt-5 pb-4 shell:flex max-wide:items-center max-wide:px-2">
      <Link
        href="/"
        className="flex items-center gap-2.5 rounded-control px-2 font-serif text-lg font-medium"
        aria-label="Nestegg"
      >
        <Mark />
        <span className="max-wide:hidden">Nestegg</span>
      </Link>
      <DatabaseCard />
      <button
        type="button"
        onClick={openPalette}
        aria-label="Open command palette"
        aria-keyshortcuts="Meta+K Control+K"
        title="Search or run…"
        className="flex h-9 items-center gap-2 rounded-control border border-line px-3 text-sm text-ink-3 hover:border-edge hover:text-ink-2 max-wide:size-12 max-wide:justify-center max-wide:px-0"
      >
        <Icon name="search" size={15} />
        <span className="flex-1 truncate text-left max-wide:hidden">Search or run…</span>
        <KeyHint className="shrink-0 max-wide:hidden">{usesCommandKey ? "⌘K" : "Ctrl K"}</KeyHint>
      </button>
      <SideNav />
      <div className="mt-auto grid grid-cols-[minmax(0,1fr)] gap-3 max-wide:justify-items-center">
        <div className="px-2">
          <ConnectionLine />
        </div>
        <div className="flex items-center gap-1.5 max-wide:flex-col-reverse">
          <Account side="top" />
          <AccountName />
          <ThemeSwitch />
        </div>
      </div>
    </aside>
  );
}

function DatabaseCard() {
  const { database } = useStatus();
  const trouble = STATE_WORDS[database.state];
  return (
    <div className="card px-3 py-2.5 text-sm shadow-none! max-wide:hidden">
      <div className="font-semibold [overflow-wrap:anywhere]">{database.name}.duckdb</div>
      <div className={trouble ? "font-medium text-danger" : "text-ink-3"}>
        {trouble ?? `${formatBytes(database.fileBytes)}, DuckDB ${database.engineVersion.replace(/^v/, "")}`}
      </div>
    </div>
  );
}

/** Up to 900 px. */
export function TopBar() {
  const { openPalette } = useShortcuts();
  return (
    <header className="flex items-center gap-1 px-4 pt-2 shell:hidden">
      <Link
        href="/"
        className="mr-auto flex min-h-11 items-center gap-2 font-serif text-lg font-medium"
        aria-label="Nestegg"
      >
        <Mark size={24} />
        Nestegg
      </Link>
      <ConnectionLine compact />
      <Button variant="quiet" iconOnly icon="search" aria-label="Open command palette" onClick={openPalette} />
      <ThemeSwitch />
      <Account side="bottom" />
    </header>
  );
}
