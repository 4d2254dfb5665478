"use client";

import clsx from "clsx";
import { Popover } from "radix-ui";
import { type KeyboardEvent, useId, useState } from "react";
import { formatCount } from "@/components/bytes";
import { Icon } from "@/components/icon";

export interface FilterOption {
  value: string;
  label: string;
  count?: number;
}

interface FilterListboxProps {
  /** The word before the choice: the button reads "Type All". */
  label: string;
  allLabel?: string;
  options: FilterOption[];
  selected: string[];
  multiple?: boolean;
  onChange: (selected: string[]) => void;
}

/** A button that opens a listbox; what is chosen stands on the button, so that a filter is never hidden. */
export function FilterListbox({
  label,
  allLabel = "All",
  options,
  selected,
  multiple = false,
  onChange,
}: FilterListboxProps) {
  const [open, setOpen] = useState(false);
  const chosen = options.filter((option) => selected.includes(option.value));
  const active = selected.length > 0;
  const text = chosen.length > 1 ? `${chosen.length} chosen` : (chosen[0]?.label ?? selected[0] ?? allLabel);

  const choose = (value: string) => {
    if (multiple) {
      onChange(selected.includes(value) ? selected.filter((other) => other !== value) : [...selected, value]);
    } else {
      onChange(selected.includes(value) ? [] : [value]);
      setOpen(false);
    }
  };

  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <span className="relative inline-flex flex-none">
        <Popover.Trigger asChild>
          <button type="button" aria-haspopup="listbox" className={filterButtonClass(active)}>
            <span>{label}</span> <b className="max-w-40 truncate font-semibold text-ink">{text}</b>
            {active ? null : <Icon name="chevron-down" />}
          </button>
        </Popover.Trigger>
        {active ? (
          <button
            type="button"
            aria-label={`Clear ${label} filter`}
            className="absolute inset-y-0 right-0 grid w-9 place-items-center rounded-control text-accent-ink hover:bg-surface/60"
            onClick={() => onChange([])}
          >
            <Icon name="cross" />
          </button>
        ) : null}
      </span>
      <Popover.Portal>
        <Popover.Content
          aria-label={label}
          align="start"
          sideOffset={6}
          collisionPadding={12}
          className="appear z-40 max-h-[min(22rem,var(--radix-popover-content-available-height))] min-w-52 overflow-auto rounded-card border border-line bg-surface p-1.5 shadow-pop"
        >
          <Listbox label={label} options={options} selected={selected} multiple={multiple} onChoose={choose} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

export function filterButtonClass(active: boolean): string {
  return clsx(
    "inline-flex h-10 flex-none items-center gap-1.5 rounded-control border pl-3 font-medium whitespace-nowrap max-shell:h-11",
    active
      ? "border-accent bg-accent-soft pr-9 text-accent-ink [&_b]:text-accent-ink"
      : "border-line bg-surface pr-2.5 text-ink-2 hover:border-edge",
  );
}

interface ListboxProps {
  label: string;
  options: FilterOption[];
  selected: string[];
  multiple: boolean;
  onChoose: (value: string) => void;
}

function Listbox({ label, options, selected, multiple, onChoose }: ListboxProps) {
  const id = useId();
  const first = options.findIndex((option) => selected.includes(option.value));
  const [active, setActive] = useState(Math.max(0, first));

  const onKeyDown = (event: KeyboardEvent) => {
    const last = options.length - 1;
    const moves: Record<string, number> = {
      ArrowDown: Math.min(last, active + 1),
      ArrowUp: Math.max(0, active - 1),
      Home: 0,
      End: last,
    };
    const next = moves[event.key] ?? typedAhead(options, event.key, active);
    if (next !== undefined) setActive(next);
    const option = options[active];
    if ((event.key === "Enter" || event.key === " ") && option) onChoose(option.value);
    else if (next === undefined) return;
    event.preventDefault();
  };

  if (options.length === 0) return <p className="px-2.5 py-2 text-sm text-ink-3">Nothing to choose from yet.</p>;
  return (
    <div
      role="listbox"
      aria-label={label}
      aria-multiselectable={multiple || undefined}
      aria-activedescendant={`${id}-${active}`}
      tabIndex={0}
      className="outline-none"
      onKeyDown={onKeyDown}
    >
      {options.map((option, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox takes the keys for its options
        <div
          key={option.value}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={selected.includes(option.value)}
          className={clsx(
            "flex min-h-9 cursor-pointer items-center gap-2.5 rounded-control px-2.5 max-shell:min-h-11",
            index === active && "bg-sunken",
          )}
          onPointerMove={() => setActive(index)}
          onClick={() => onChoose(option.value)}
        >
          <span className="grid w-4 place-items-center text-accent-ink">
            {selected.includes(option.value) ? <Icon name="check" /> : null}
          </span>
          <span className="min-w-0 flex-1 truncate">{option.label}</span>
          {option.count === undefined ? null : (
            <span className="text-xs text-ink-3 tabular-nums">{formatCount(option.count)}</span>
          )}
        </div>
      ))}
    </div>
  );
}

function typedAhead(options: FilterOption[], key: string, active: number): number | undefined {
  if (key.length !== 1 || key === " ") return undefined;
  const order = [...options.keys()].map((index) => (active + 1 + index) % options.length);
  return order.find((index) => options[index]?.label.toLowerCase().startsWith(key.toLowerCase()));
}
