"use client";

import type { ReactNode } from "react";
import { BackupNowProvider } from "../(app)/_shell/backup-now";
import { LiveProvider } from "../(app)/_shell/live";
import type { Operation } from "../(app)/_shell/live-runs";
import { type ShellUser, UserProvider } from "../(app)/_shell/user";

/** The part of the shell that the steps after the first need: who, what runs, and the one button. */
export function SetupShell({
  user,
  running,
  children,
}: {
  user: ShellUser;
  running: Operation[];
  children: ReactNode;
}) {
  return (
    <UserProvider user={user}>
      <LiveProvider initial={running}>
        <BackupNowProvider>{children}</BackupNowProvider>
      </LiveProvider>
    </UserProvider>
  );
}
