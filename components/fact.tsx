import type { ReactNode } from "react";

/** Names on the left, what is known on the right. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-2 [overflow-wrap:anywhere]">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 tabular-nums">{children}</dd>
    </>
  );
}

/** What the fact above it rests on. */
export function FactNote({ children }: { children: ReactNode }) {
  return <span className="block text-sm text-ink-3">{children}</span>;
}
