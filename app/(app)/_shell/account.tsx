"use client";

import dynamic from "next/dynamic";
import { type ComponentProps, useState } from "react";
import { Button } from "@/components/button";
import { ROLE_WORDS, useUser } from "./user";

const load = () => import("./account-menu").then((module) => module.AccountMenu);
const AccountMenu = dynamic(load, { ssr: false, loading: () => <AccountButton email="" busy /> });

/** The menu's code is fetched when a hand comes near; the button is there from the first byte. */
export function Account({ side }: { side: "top" | "bottom" }) {
  const { email } = useUser();
  const [wanted, setWanted] = useState(false);
  if (wanted) return <AccountMenu side={side} />;
  return (
    <AccountButton
      email={email}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={load}
      onFocus={load}
      onClick={() => setWanted(true)}
    />
  );
}

export function AccountButton({ email, busy, ...rest }: { email: string } & ComponentProps<typeof Button>) {
  return (
    <Button
      {...rest}
      variant="quiet"
      iconOnly
      busy={busy}
      aria-label="Account menu"
      title={email}
      className="rounded-full!"
    >
      {busy ? null : (
        <span
          aria-hidden="true"
          className="egg-shape grid size-8 place-items-center bg-quiet-soft font-semibold text-quiet uppercase"
        >
          {email.slice(0, 1)}
        </span>
      )}
    </Button>
  );
}

export function AccountName() {
  const user = useUser();
  return (
    <div className="min-w-0 flex-1 text-sm max-wide:hidden">
      <div className="truncate font-medium" title={user.email}>
        {user.email}
      </div>
      <div className="text-xs text-ink-3">{ROLE_WORDS[user.role]}</div>
    </div>
  );
}
