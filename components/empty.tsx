import type { ReactNode } from "react";

/** A list that has nothing yet: what it will hold, and the one thing to do. */
export function Empty({ title, action, children }: { title: ReactNode; action?: ReactNode; children?: ReactNode }) {
  return (
    <div className="grid justify-items-center gap-1 px-6 py-10 text-center">
      <div className="font-serif text-lg font-medium">{title}</div>
      {children ? <div className="max-w-[60ch] text-base text-ink-2">{children}</div> : null}
      {action ? <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div> : null}
    </div>
  );
}
