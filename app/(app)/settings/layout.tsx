import type { ReactNode } from "react";
import { PageHead } from "@/components/page-head";
import { SettingsNav } from "./settings-nav";

export default function SettingsLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <PageHead title="Settings" />
      <div className="grid gap-4 lg:grid-cols-[190px_minmax(0,1fr)] lg:gap-8">
        <SettingsNav />
        <div className="grid min-w-0 content-start gap-4">{children}</div>
      </div>
    </>
  );
}
