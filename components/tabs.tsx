"use client";

import { Tabs as RadixTabs } from "radix-ui";
import type { ReactNode } from "react";
import { formatCount } from "@/components/bytes";

interface TabItem {
  value: string;
  label: string;
  /** Part of the accessible name: "Tables 41". */
  count?: number;
}

interface TabsProps {
  /** Name of the tab list: "Backup sections". */
  label: string;
  value: string;
  onValueChange(value: string): void;
  items: TabItem[];
  /** `TabPanel`s. */
  children: ReactNode;
}

/** Controlled, so that the address can hold the tab. */
export function Tabs({ label, value, onValueChange, items, children }: TabsProps) {
  return (
    <RadixTabs.Root value={value} onValueChange={onValueChange}>
      <RadixTabs.List
        aria-label={label}
        className="mb-4 flex gap-1 overflow-x-auto overflow-y-hidden border-b border-line [scrollbar-width:none]"
      >
        {items.map((item) => (
          <RadixTabs.Trigger
            key={item.value}
            value={item.value}
            className="touch-target -mb-px flex h-10 shrink-0 items-center gap-1.5 border-b-2 border-transparent px-3 font-semibold text-ink-2 -outline-offset-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-accent-ink"
          >
            {item.label}{" "}
            {item.count === undefined ? null : (
              <span className="text-sm font-medium text-ink-3">{formatCount(item.count)}</span>
            )}
          </RadixTabs.Trigger>
        ))}
      </RadixTabs.List>
      {children}
    </RadixTabs.Root>
  );
}

export function TabPanel({ value, children }: { value: string; children: ReactNode }) {
  return (
    <RadixTabs.Content value={value} className="outline-offset-4">
      {children}
    </RadixTabs.Content>
  );
}
