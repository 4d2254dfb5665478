"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { FilterListbox } from "@/components/filter-listbox";
import type { AuditView } from "./audit-view";
import { actionWords } from "./audit-words";

const BOX = "touch-target h-10 rounded-control border border-line bg-surface px-3 text-base hover:border-edge";

interface AuditFiltersProps {
  view: AuditView;
  onChange(change: Partial<AuditView>): void;
}

export function AuditFilters({ view, onChange }: AuditFiltersProps) {
  const trpc = useTRPC();
  const { actors, actions } = useSuspenseQuery(trpc.audit.choices.queryOptions()).data;
  const [target, setTarget] = useState(view.target);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onChange({ target: target.trim() });
  };
  return (
    <search aria-label="Filter audit" className="mt-3 flex flex-wrap gap-2 px-4 sm:px-[22px]">
      <FilterListbox
        label="Person"
        options={actors.map(({ id, name, kind }) => ({
          value: id,
          label: kind === "system" ? "Nestegg itself" : kind === "token" ? `${name} (token)` : name,
        }))}
        selected={view.person ? [view.person] : []}
        onChange={([person = null]) => onChange({ person })}
      />
      <FilterListbox
        label="Action"
        options={actions.map((action) => ({ value: action, label: actionWords(action) }))}
        selected={view.action ? [view.action] : []}
        onChange={([action = null]) => onChange({ action })}
      />
      <form onSubmit={submit} className="flex min-w-0 flex-auto gap-2 sm:max-w-72">
        <input
          type="search"
          aria-label="Target contains"
          placeholder="Target contains…"
          value={target}
          maxLength={200}
          spellCheck={false}
          onChange={(event) => {
            setTarget(event.target.value);
            if (event.target.value === "") onChange({ target: "" });
          }}
          className={`${BOX} w-full min-w-0`}
        />
        <Button type="submit">Filter</Button>
      </form>
      <div className="flex flex-wrap items-center gap-2 text-sm text-ink-2">
        <label className="flex items-center gap-2">
          From
          <input
            type="date"
            value={view.from ?? ""}
            max={view.to ?? undefined}
            onChange={(event) => onChange({ from: event.target.value || null })}
            className={BOX}
          />
        </label>
        <label className="flex items-center gap-2">
          to
          <input
            type="date"
            value={view.to ?? ""}
            min={view.from ?? undefined}
            onChange={(event) => onChange({ to: event.target.value || null })}
            className={BOX}
          />
        </label>
        <span className="text-ink-3">Whole days in UTC.</span>
      </div>
    </search>
  );
}
