import clsx from "clsx";
import { type ReactNode, useId } from "react";

interface CardProps {
  title?: ReactNode;
  /** Under the title, quieter. */
  sub?: ReactNode;
  /** Right of the title: a link, a legend. */
  aside?: ReactNode;
  /** False lets lists and tables reach the edges. */
  padded?: boolean;
  className?: string;
  children?: ReactNode;
}

/** With a title it is a region of that name. */
export function Card({ title, sub, aside, padded = true, className, children }: CardProps) {
  const id = useId();
  const body = padded ? (
    <div className={clsx("px-4 pb-4 sm:px-[22px] sm:pb-5", title ? "pt-2" : "pt-4 sm:pt-5")}>{children}</div>
  ) : (
    children
  );
  if (!title) return <div className={clsx("card min-w-0", className)}>{body}</div>;
  return (
    <section aria-labelledby={id} className={clsx("card min-w-0", className)}>
      <header className="px-4 pt-4 sm:px-[22px] sm:pt-[18px]">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
          <h2 id={id} className="text-md font-semibold">
            {title}
          </h2>
          {aside}
        </div>
        {sub ? <p className="mt-0.5 text-sm text-ink-2">{sub}</p> : null}
      </header>
      {body}
    </section>
  );
}
