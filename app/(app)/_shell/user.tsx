"use client";

import { createContext, type ReactNode, useContext } from "react";

export interface ShellUser {
  id: string;
  email: string;
  role: "viewer" | "operator" | "admin";
}

export const ROLE_WORDS = { viewer: "Viewer", operator: "Operator", admin: "Admin" } as const;

interface UserRights extends ShellUser {
  /** Back up, verify, tag, mark, lock, download. The server checks every call anyway. */
  canOperate: boolean;
  /** Delete, unlock, adopt, settings, tokens, other people's runs. */
  canAdmin: boolean;
}

const UserContext = createContext<UserRights | null>(null);

export function UserProvider({ user, children }: { user: ShellUser; children: ReactNode }) {
  const rights = { ...user, canOperate: user.role !== "viewer", canAdmin: user.role === "admin" };
  return <UserContext value={rights}>{children}</UserContext>;
}

export function useUser(): UserRights {
  const user = useContext(UserContext);
  if (!user) throw new Error("useUser was called outside the shell.");
  return user;
}
