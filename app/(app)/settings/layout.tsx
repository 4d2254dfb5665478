import type { ReactNode } from "react";
import { currentUser } from "@/app/_trpc/server";
import { PageHead } from "@/components/page-head";
import { SettingsNav } from "./settings-nav";

export default async function SettingsLayout({ children }: { children: ReactNode }) {
  // Without a session there is no shell around this; the page itself sends the visitor to sign-in.
  const user = await currentUser();
  if (!user) return children;
  return (
    <>
      <PageHead title="Settings" />
      <div className="grid gap-4 lg:grid-cols-[190px_minmax(0,1fr)] lg:gap-8">
        <SettingsNav canAdmin={user.role === "admin"} />
        <div className="grid min-w-0 content-start gap-4">{children}</div>
      </div>
    </>
  );
}
