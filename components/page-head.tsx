import type { ReactNode } from "react";

interface PageHeadProps {
  title: ReactNode;
  /** Above the title: a trail of links. */
  trail?: ReactNode;
  sub?: ReactNode;
  actions?: ReactNode;
}

/** The page's one h1. */
export function PageHead({ title, trail, sub, actions }: PageHeadProps) {
  return (
    <div className="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-3 sm:mb-5">
      <div className="min-w-0">
        {trail ? <div className="mb-1 text-sm text-ink-3">{trail}</div> : null}
        <h1 className="font-serif text-[1.625rem]/[1.875rem] font-medium tracking-[-0.01em] sm:text-title">{title}</h1>
        {sub ? <div className="mt-1 text-sm text-ink-2">{sub}</div> : null}
      </div>
      {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
    </div>
  );
}
