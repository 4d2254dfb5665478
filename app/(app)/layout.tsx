import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { TRPCReactProvider } from "@/app/_trpc/client";
import { currentUser, getQueryClient, HydrateClient, prefetch, trpc } from "@/app/_trpc/server";
import { KEYS_COOKIE, parseTheme, RESTORE_SEEN_COOKIE, THEME_COOKIE } from "@/components/preferences";
import { ToastProvider } from "@/components/toast";
import { Attention } from "./_shell/attention";
import { BackupNowProvider } from "./_shell/backup-now";
import { ConnectionNotice } from "./_shell/connection-line";
import { LAST_SWAP } from "./_shell/last-swap";
import { LiveProvider } from "./_shell/live";
import { BottomNav } from "./_shell/nav";
import { Nonce } from "./_shell/nonce";
import { PageState } from "./_shell/page-state";
import { ShortcutsProvider } from "./_shell/shortcuts";
import { Sidebar, TopBar } from "./_shell/sidebar";
import { SignedOut } from "./_shell/signed-out";
import { ThemeProvider } from "./_shell/theme";
import { UserProvider } from "./_shell/user";

export default async function AppLayout({ children }: { children: ReactNode }) {
  const user = await currentUser();
  // Each page calls requireUser with its own path; only the page knows where sign-in should return to.
  if (!user) return children;
  const [status] = await Promise.all([
    getQueryClient().fetchQuery(trpc.status.get.queryOptions()),
    prefetch(trpc.operations.list.queryOptions(LAST_SWAP)),
  ]);
  const jar = await cookies();
  return (
    <TRPCReactProvider>
      <HydrateClient>
        <ThemeProvider initial={parseTheme(jar.get(THEME_COOKIE)?.value)}>
          <UserProvider user={{ id: user.id, email: user.email, role: user.role }}>
            <LiveProvider initial={status.running}>
              <ToastProvider>
                <BackupNowProvider>
                  <ShortcutsProvider lettersOn={jar.get(KEYS_COOKIE)?.value !== "off"}>
                    <a
                      href="#content"
                      className="sr-only z-50 rounded-control bg-accent px-4 py-2 font-semibold text-on-accent focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
                    >
                      Skip to content
                    </a>
                    <div className="shell:grid shell:grid-cols-[72px_minmax(0,1fr)] wide:grid-cols-[232px_minmax(0,1fr)]">
                      <Sidebar />
                      <div className="min-w-0">
                        <TopBar />
                        <main
                          id="content"
                          tabIndex={-1}
                          className="mx-auto w-full max-w-[1252px] px-4 pt-3 pb-28 outline-none shell:px-6 shell:pt-6 shell:pb-12 wide:px-9"
                        >
                          <ConnectionNotice />
                          <Attention seenRestore={jar.get(RESTORE_SEEN_COOKIE)?.value ?? null} />
                          {children}
                        </main>
                      </div>
                    </div>
                    <BottomNav />
                    <PageState />
                    <SignedOut />
                    <Nonce />
                  </ShortcutsProvider>
                </BackupNowProvider>
              </ToastProvider>
            </LiveProvider>
          </UserProvider>
        </ThemeProvider>
      </HydrateClient>
    </TRPCReactProvider>
  );
}
