"use client";

import { useState } from "react";
import { signOut } from "@/app/signin/session";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "@/components/menu";
import { useToast } from "@/components/toast";
import { AccountButton } from "./account";
import { ROLE_WORDS, useUser } from "./user";

/** Loaded with the first press on the button, so it starts open. */
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
      defaultOpen
      trigger={<AccountButton email={user.email} busy={leaving} />}
    >
      <div className="px-2.5 pt-1 pb-2 text-sm [overflow-wrap:anywhere]">
        <div className="font-semibold">{user.email}</div>
        <div className="text-ink-3">{ROLE_WORDS[user.role]}</div>
      </div>
      <MenuSeparator />
      <MenuLink icon="user" href="/settings/people">
        Your account
      </MenuLink>
      <MenuLink icon="sun" href="/settings/appearance">
        Appearance
      </MenuLink>
      <MenuItem icon="sign-out" onSelect={leave}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
