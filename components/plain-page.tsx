import type { ReactNode } from "react";
import { Mark } from "@/components/mark";

/** The frame of pages outside the shell: one narrow column under the brand. */
export function PlainPage({ wide = false, children }: { wide?: boolean; children: ReactNode }) {
  return (
    <div className="grid min-h-dvh content-start justify-items-center px-4 pt-[8dvh] pb-12">
      <div className={wide ? "w-full max-w-[720px]" : "w-full max-w-[400px]"}>
        <header className="mb-6 flex items-center justify-center gap-2.5 font-serif text-lg font-medium">
          <Mark size={30} />
          Nestegg
        </header>
        <main>{children}</main>
      </div>
      <link rel="icon" type="image/svg+xml" href="/egg-safe.svg" />
    </div>
  );
}
