"use client";

import { useEffect, useRef, useState } from "react";
import { STATE_WORDS, TYPE_WORDS } from "@/components/backup-words";
import { FilterListbox } from "@/components/filter-listbox";
import { Icon } from "@/components/icon";
import type { BackupList } from "@/server/nestegg";
import { BACKUP_STATES, BACKUP_TYPES, type ListView, SORTS } from "./list-view";
import { WhenFilter } from "./when-filter";

/** Long enough not to ask for every letter, short enough to feel like one. */
const TYPING_PAUSE_MS = 250;
const SORT_WORDS = { newest: "Newest", oldest: "Oldest", largest: "Largest", smallest: "Smallest" };

interface FiltersProps {
  view: ListView;
  onChange: (change: Partial<ListView>, how?: "push" | "replace") => void;
  counts: BackupList["counts"] | undefined;
}

export function Filters({ view, onChange, counts }: FiltersProps) {
  const tags = Object.entries(counts?.tags ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <search
      aria-label="Filter backups"
      className="flex min-w-0 flex-1 items-center gap-2 [scrollbar-width:none] shell:flex-wrap max-shell:-mx-4 max-shell:overflow-x-auto max-shell:px-4 max-shell:py-1"
    >
      <SearchBox value={view.search} onChange={(search) => onChange({ search }, "replace")} />
      <FilterListbox
        label="Type"
        multiple
        options={BACKUP_TYPES.map((type) => ({
          value: type,
          label: TYPE_WORDS[type],
          count: counts?.types[type] ?? 0,
        }))}
        selected={view.types}
        onChange={(chosen) => onChange({ types: BACKUP_TYPES.filter((type) => chosen.includes(type)) })}
      />
      <FilterListbox
        label="State"
        multiple
        options={BACKUP_STATES.filter((state) => counts?.states[state] || view.states.includes(state)).map((state) => ({
          value: state,
          label: STATE_WORDS[state],
          count: counts?.states[state] ?? 0,
        }))}
        selected={view.states}
        onChange={(chosen) => onChange({ states: BACKUP_STATES.filter((state) => chosen.includes(state)) })}
      />
      <FilterListbox
        label="Tag"
        options={tags.map(([tag, count]) => ({ value: tag, label: tag, count }))}
        selected={view.tag === null ? [] : [view.tag]}
        onChange={([tag]) => onChange({ tag: tag ?? null })}
      />
      <WhenFilter view={view} onChange={onChange} />
      <span className="shell:hidden">
        <FilterListbox
          label="Sort"
          allLabel="Newest"
          options={SORTS.map((sort) => ({ value: sort, label: SORT_WORDS[sort] }))}
          selected={view.sort === "newest" ? [] : [view.sort]}
          onChange={([chosen]) => onChange({ sort: SORTS.find((sort) => sort === chosen) ?? "newest" })}
        />
      </span>
    </search>
  );
}

function SearchBox({ value, onChange }: { value: string; onChange: (search: string) => void }) {
  const [text, setText] = useState(value);
  const asked = useRef(value);
  // Back, forward and "Clear filters" change the address under the field.
  useEffect(() => {
    if (value === asked.current) return;
    asked.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === asked.current) return;
    const timer = setTimeout(() => {
      asked.current = text;
      onChange(text);
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, onChange]);

  return (
    <span className="relative min-w-0 flex-[1_1_200px] shell:max-w-[340px] max-shell:flex-[0_0_210px]">
      <Icon name="search" className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-ink-3" />
      <input
        type="search"
        aria-label="Search backups"
        placeholder="Id, tag or note…"
        title="Also type:manual, state:failed, tag:release=v3"
        aria-keyshortcuts="/"
        maxLength={200}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="h-10 w-full rounded-control border border-edge bg-surface pr-3 pl-9 text-base placeholder:text-ink-3 max-shell:h-11"
      />
    </span>
  );
}
