"use client";

import { useState } from "react";
import { signOut } from "@/app/signin/session";
import { Button } from "@/components/button";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "@/components/menu";
import { useToast } from "@/components/toast";
import { useUser } from "./user";

const ROLE_WORDS = { viewer: "Viewer", operator: "Operator", admin: "Admin" } as const;

export function AccountMenu({ side }: { side: "top" | "bottom" }) {
  const user = useUser();
  const toast = useToast();
  const [leaving, setLeaving] = useState(false);
  const leave = async () => {
    setLeaving(true);
    if (await signOut()) window.location.assign("/signin");
    else {
      setLeaving(false);
      toast("Signing out did not work: Nestegg did not answer. You are still signed in.");
    }
  };
  return (
    <Menu
      label="Account"
      side={side}
      align={side === "top" ? "start" : "end"}
      trigger={
        <Button
          variant="quiet"
          iconOnly
          busy={leaving}
          aria-label="Account menu"
          title={user.email}
          className="rounded-full!"
        >
          {leaving ? null : (
            <span
              aria-hidden="true"
              className="egg-shape grid size-8 place-items-center bg-quiet-soft font-semibold text-quiet uppercase"
            >
              {user.email.slice(0, 1)}
            </span>
          )}
        </Button>
      }
    >
      <div className="px-2.5 pt-1 pb-2 text-sm [overflow-wrap:anywhere]">
        <div className="font-semibold">{user.email}</div>
        <div className="text-ink-3">{ROLE_WORDS[user.role]}</div>
      </div>
      <MenuSeparator />
      <MenuLink icon="sun" href="/settings/appearance">
        Appearance
      </MenuLink>
      <MenuItem icon="sign-out" onSelect={leave}>
        Sign out
      </MenuItem>
    </Menu>
  );
}

export function AccountName() {
  const user = useUser();
  return (
    <div className="min-w-0 flex-1 text-sm max-wide:hidden">
      <div className="truncate font-medium">{user.email}</div>
      <div className="text-xs text-ink-3">{ROLE_WORDS[user.role]}</div>
    </div>
  );
}
