"use client";

import clsx from "clsx";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { formatCount, plural } from "@/components/bytes";
import { Icon, type IconName } from "@/components/icon";
import { useLiveOperations } from "./live";
import { useStatus } from "./use-status";

const PAGES: { href: string; name: string; icon: IconName }[] = [
  { href: "/", name: "Overview", icon: "home" },
  { href: "/backups", name: "Backups", icon: "archive" },
  { href: "/activity", name: "Activity", icon: "activity" },
  { href: "/settings", name: "Settings", icon: "settings" },
];

function useCurrent(): (href: string) => "page" | "true" | undefined {
  const path = usePathname();
  return (href) => {
    if (path === href) return "page";
    return href !== "/" && path.startsWith(`${href}/`) ? "true" : undefined;
  };
}

/** What the number beside a link counts, in words for a screen reader. */
function useCounts(): Record<string, { count: number; words: string }> {
  const { counts } = useStatus();
  const running = useLiveOperations().length;
  return {
    "/backups": { count: counts.backups, words: plural(counts.backups, "backup") },
    "/activity": { count: running, words: `${running} running` },
  };
}

export function SideNav() {
  const current = useCurrent();
  const counts = useCounts();
  return (
    <nav aria-label="Main">
      <ul className="grid gap-0.5 max-wide:justify-items-center">
        {PAGES.map(({ href, name, icon }) => {
          const now = current(href);
          const shown = counts[href];
          return (
            <li key={href} className="wide:w-full">
              <Link
                href={href}
                aria-current={now}
                title={name}
                className={clsx(
                  "relative flex h-10 items-center gap-3 rounded-control px-3 font-semibold max-wide:size-12 max-wide:justify-center max-wide:px-0",
                  now ? "bg-accent-soft text-accent-ink" : "text-ink-2 hover:bg-sunken hover:text-ink",
                  "forced-colors:aria-[current]:outline-2 forced-colors:aria-[current]:-outline-offset-2",
                )}
              >
                <Icon name={icon} size={18} />
                <span className="max-wide:sr-only">{name}</span>
                {shown && shown.count > 0 ? (
                  <>
                    <span
                      aria-hidden="true"
                      className="ml-auto text-sm font-medium text-ink-3 tabular-nums max-wide:hidden"
                    >
                      {formatCount(shown.count)}
                    </span>
                    <span className="sr-only">, {shown.words}</span>
                  </>
                ) : null}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

export function BottomNav() {
  const current = useCurrent();
  const running = useLiveOperations().length;
  return (
    <nav
      aria-label="Main, bottom"
      className="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-surface px-1.5 pt-1.5 pb-[calc(6px+env(safe-area-inset-bottom))] shell:hidden"
    >
      <ul className="grid grid-cols-4">
        {PAGES.map(({ href, name, icon }) => {
          const now = current(href);
          return (
            <li key={href}>
              <Link
                href={href}
                aria-current={now}
                className={clsx(
                  "relative grid min-h-12 place-content-center justify-items-center gap-0.5 rounded-[10px] text-[0.6875rem]/[0.875rem] font-semibold",
                  now ? "bg-accent-soft text-accent-ink" : "text-ink-3",
                )}
              >
                <Icon name={icon} size={20} />
                {name}
                {href === "/activity" && running > 0 ? (
                  <span className="absolute top-1 right-[calc(50%-18px)] size-2 rounded-full bg-run">
                    <span className="sr-only">, {running} running</span>
                  </span>
                ) : null}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
