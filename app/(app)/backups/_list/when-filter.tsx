"use client";

import { Popover } from "radix-ui";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/button";
import { TextField } from "@/components/field";
import { filterButtonClass } from "@/components/filter-listbox";
import { Icon } from "@/components/icon";
import { type ListView, SPANS, type Span } from "./list-view";

const SPAN_WORDS: Record<Span, string> = { "24h": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days" };
const ALL_TIME = { span: null, from: null, to: null };

interface WhenFilterProps {
  view: ListView;
  onChange: (change: Partial<ListView>) => void;
}

/** A span that moves with the clock, or days that stay; days are counted in UTC, as the ids are. */
export function WhenFilter({ view, onChange }: WhenFilterProps) {
  const [open, setOpen] = useState(false);
  const text = view.span ? SPAN_WORDS[view.span] : daysText(view);
  const choose = (change: Partial<ListView>) => {
    onChange({ ...ALL_TIME, ...change });
    setOpen(false);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    choose({ from: String(data.get("from")) || null, to: String(data.get("to")) || null });
  };

  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <span className="relative inline-flex flex-none">
        <Popover.Trigger asChild>
          <button type="button" aria-haspopup="dialog" className={filterButtonClass(text !== null)}>
            <span>When</span> <b className="font-semibold text-ink">{text ?? "All time"}</b>
            {text ? null : <Icon name="chevron-down" />}
          </button>
        </Popover.Trigger>
        {text ? (
          <button
            type="button"
            aria-label="Clear When filter"
            className="absolute inset-y-0 right-0 grid w-9 place-items-center rounded-control text-accent-ink hover:bg-surface/60"
            onClick={() => onChange(ALL_TIME)}
          >
            <Icon name="cross" />
          </button>
        ) : null}
      </span>
      <Popover.Portal>
        <Popover.Content
          aria-label="When"
          align="start"
          sideOffset={6}
          collisionPadding={12}
          className="card appear z-40 w-60 p-3 shadow-pop"
        >
          <div className="grid gap-1">
            {SPANS.map((span) => (
              <Button
                key={span}
                variant="quiet"
                size="sm"
                className="justify-start!"
                aria-pressed={view.span === span}
                onClick={() => choose({ span })}
              >
                {SPAN_WORDS[span]}
              </Button>
            ))}
          </div>
          <form onSubmit={submit} className="mt-2 grid gap-3 border-t border-line pt-3">
            <div className="grid gap-3">
              <TextField type="date" name="from" label="From" defaultValue={view.from ?? ""} />
              <TextField type="date" name="to" label="To" defaultValue={view.to ?? ""} />
            </div>
            <Button type="submit" size="sm">
              Show these days
            </Button>
            <p className="text-xs text-ink-3">Whole days in UTC, both included.</p>
          </form>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function daysText({ from, to }: ListView): string | null {
  if (from && to) return from === to ? from : `${from} to ${to}`;
  if (from) return `from ${from}`;
  return to ? `until ${to}` : null;
}
