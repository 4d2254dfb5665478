"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { type ReactNode, useEffect, useRef } from "react";

interface SectionLinksProps {
  links: [href: string, label: ReactNode][];
  /** The mark at the end of what opens the list. */
  fold: ReactNode;
}

/** All sections, beside or below each other. On a phone only the one that is shown stands there, and opens the others. */
export function SectionLinks({ links, fold }: SectionLinksProps) {
  const path = usePathname();
  const details = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (!details.current?.open) return;
    details.current.open = false;
    // The link that was pressed is hidden now: without this a keyboard begins at the top of the page again.
    details.current.querySelector("summary")?.focus();
  };
  const shown = useRef(path);
  useEffect(() => {
    // Back and the command palette change the page as well. Not at the first sight: the list may be open before React is there.
    if (shown.current !== path) close();
    shown.current = path;
  });
  return (
    <nav
      aria-label="Settings"
      className="max-shell:rounded-control max-shell:border max-shell:border-line max-shell:bg-surface"
      onKeyDown={({ key }) => (key === "Escape" ? close() : null)}
    >
      <details ref={details} className="peer group shell:hidden">
        <summary className="flex h-11 cursor-pointer items-center gap-2.5 rounded-control px-3 font-semibold text-accent-ink [&::-webkit-details-marker]:hidden">
          <span className="sr-only">Section: </span>
          {links.find(([href]) => href === path)?.[1] ?? "All sections"}
          {fold}
        </summary>
      </details>
      <ul className="grid-cols-[repeat(auto-fill,minmax(9.25rem,1fr))] flex-wrap gap-1 max-shell:hidden max-shell:border-t max-shell:border-line max-shell:p-1.5 max-shell:peer-open:grid shell:flex lg:grid lg:grid-cols-1">
        {links.map(([href, label]) => (
          <li key={href}>
            <Link
              href={href}
              onClick={close}
              aria-current={path === href ? "page" : undefined}
              className="touch-target flex h-10 items-center gap-2.5 rounded-control px-3 font-semibold text-ink-2 not-aria-[current]:hover:bg-sunken not-aria-[current]:hover:text-ink aria-[current]:bg-accent-soft aria-[current]:text-accent-ink max-shell:h-11 forced-colors:aria-[current]:outline-2 forced-colors:aria-[current]:-outline-offset-2"
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
