"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { useRouter } from "next/navigation";
import { type KeyboardEvent, useDeferredValue, useId, useState } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { isRestorable, restorePath, STATE_WORDS, TYPE_WORDS } from "@/components/backup-words";
import { formatBytes } from "@/components/bytes";
import { Dialog } from "@/components/dialog";
import { Icon, type IconName } from "@/components/icon";
import { useMoment } from "@/components/time";
import { formatAbsolute } from "@/components/time-format";
import { useBackupNow } from "./backup-now";
import { useShortcuts } from "./shortcuts";
import { useTheme } from "./theme";
import { useStatus } from "./use-status";
import { useUser } from "./user";

interface Command {
  key: string;
  icon: IconName;
  name: string;
  note?: string;
  run(): void;
}

const BACKUPS_SHOWN = 8;

/** Actions, pages and backups in one list. What could lose data opens its page, never runs from here. */
export function CommandPalette({ onClose }: { onClose(): void }) {
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const commands = useCommands(words);
  const at = Math.min(chosen, Math.max(0, commands.length - 1));
  const current = commands[at];
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const move = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined && commands.length > 0) setChosen((at + step + commands.length) % commands.length);
    else if (event.key === "Enter") run(current);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog open onOpenChange={onClose} title="Command palette" bare wide>
      <div className="flex items-center gap-3 border-b border-line px-4">
        <Icon name="search" className="text-ink-3" />
        <input
          autoFocus
          role="combobox"
          aria-label="Search or run"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={current ? `${listId}-${at}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder="Search or run…"
          value={words}
          onChange={(event) => {
            setWords(event.target.value);
            setChosen(0);
          }}
          onKeyDown={move}
          className="h-12 w-full bg-transparent text-md outline-none placeholder:text-ink-3"
        />
      </div>
      <div id={listId} role="listbox" aria-label="Results" className="max-h-[min(420px,60dvh)] overflow-y-auto p-2">
        {commands.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox holds the keys; options only take the mouse.
          <div
            key={command.key}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            ref={(element) => {
              if (index === at) element?.scrollIntoView({ block: "nearest" });
            }}
            onClick={() => run(command)}
            onMouseMove={() => setChosen(index)}
            className={clsx(
              "touch-target flex min-h-10 cursor-default items-center gap-3 rounded-control px-3 py-1.5",
              index === at && "bg-accent-soft text-accent-ink forced-colors:outline-2 forced-colors:-outline-offset-2",
            )}
          >
            <Icon name={command.icon} className="text-ink-3" />
            <span className="min-w-0 flex-1">
              {command.name}
              {command.note ? <span className="block truncate text-xs text-ink-3">{command.note}</span> : null}
            </span>
          </div>
        ))}
      </div>
      <p role="status" className={commands.length === 0 ? "px-5 pb-5 text-ink-2" : "sr-only"}>
        {commands.length === 0
          ? "Nothing matches. Try a date, a tag or a part of an id."
          : `${commands.length} results`}
      </p>
    </Dialog>
  );
}

function useCommands(words: string): Command[] {
  const trpc = useTRPC();
  const router = useRouter();
  const backupNow = useBackupNow();
  const { seen, choose } = useTheme();
  const { openKeyHelp } = useShortcuts();
  const { canAdmin } = useUser();
  const { now, zone } = useMoment();
  const { newestGood } = useStatus();
  const typed = useDeferredValue(words.trim());
  // "restore 18 nov" looks for the backup and opens its restore page.
  const restoring = /^restore\s+\S/i.test(typed);
  const search = restoring ? typed.replace(/^restore\s+/i, "") : typed;
  const found = useQuery(
    trpc.backups.list.queryOptions(
      { search, limit: BACKUPS_SHOWN },
      { enabled: search.length > 1, placeholderData: keepPreviousData },
    ),
  );
  const go = (icon: IconName, name: string, href: string): Command => ({
    key: href,
    icon,
    name,
    run: () => router.push(href),
  });
  const fixed: Command[] = [
    ...(backupNow.refusal
      ? []
      : [{ key: "backup", icon: "arrow-up" as const, name: "Backup now", run: backupNow.start }]),
    ...(newestGood ? [go("restore", "Restore the newest backup…", restorePath(newestGood.id))] : []),
    ...(canAdmin ? [go("restore", "Undo the last restore…", "/backups/undo")] : []),
    go("home", "Overview", "/"),
    go("archive", "Backups", "/backups"),
    go("activity", "Activity", "/activity"),
    go("cloud", "Settings: Storage", "/settings/storage"),
    ...(canAdmin ? [go("key", "Settings: API tokens", "/settings/tokens")] : []),
    go("sun", "Settings: Appearance", "/settings/appearance"),
    {
      key: "theme",
      icon: seen === "dark" ? "sun" : "moon",
      name: `Switch to ${seen === "dark" ? "light" : "dark"} theme`,
      run: () => choose(seen === "dark" ? "light" : "dark"),
    },
    { key: "keys", icon: "keyboard", name: "Keyboard shortcuts", run: openKeyHelp },
  ];
  const wanted = words.trim().toLowerCase();
  const backups = search.length > 1 ? (found.data?.backups ?? []) : [];
  return [
    ...fixed.filter(({ name }) => name.toLowerCase().includes(wanted)),
    ...backups
      .filter((backup) => !restoring || isRestorable(backup))
      .map((backup) => ({
        key: backup.id,
        icon: restoring ? ("restore" as const) : ("archive" as const),
        name: `${restoring ? "Restore to " : ""}${formatAbsolute(Date.parse(backup.timestamp), now, zone)}, ${TYPE_WORDS[backup.type].toLowerCase()}`,
        note: `${STATE_WORDS[backup.state]}, ${formatBytes(backup.bytes)}, ${backup.id}`,
        run: () => router.push(restoring ? restorePath(backup.id) : `/backups/${encodeURIComponent(backup.id)}`),
      })),
  ];
}
