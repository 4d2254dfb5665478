"use client";

import clsx from "clsx";
import Link from "next/link";
import { DropdownMenu } from "radix-ui";
import { type FocusEvent, type ReactNode, useRef } from "react";
import { Icon, type IconName } from "@/components/icon";

const ITEM =
  "touch-target flex min-h-8 cursor-default items-center gap-2.5 rounded-control px-2.5 py-1.5 text-base outline-none select-none " +
  "data-[highlighted]:bg-accent-soft data-[highlighted]:text-accent-ink data-[disabled]:opacity-50 " +
  "forced-colors:data-[highlighted]:outline forced-colors:data-[highlighted]:outline-2";

interface MenuProps {
  /** Accessible name of the opened list: "Actions for {id}". */
  label: string;
  /** One button; it gets the menu's state and keys. */
  trigger: ReactNode;
  align?: "start" | "end";
  side?: "top" | "bottom";
  /** For a menu whose code came with the press that opens it. */
  defaultOpen?: boolean;
  children: ReactNode;
}

export function Menu({ label, trigger, align = "end", side = "bottom", defaultOpen, children }: MenuProps) {
  const openedByKey = useRef(false);
  // Radix hears keys only from its first effect on: a key that came while the page woke up opens the list, but goes no further.
  const enter = (event: FocusEvent<HTMLElement>) => {
    if (!openedByKey.current || event.target !== event.currentTarget) return;
    openedByKey.current = false;
    event.currentTarget.querySelector<HTMLElement>('[role="menuitem"]:not([data-disabled])')?.focus();
  };
  return (
    <DropdownMenu.Root modal={false} defaultOpen={defaultOpen}>
      <DropdownMenu.Trigger
        asChild
        onKeyDown={() => {
          openedByKey.current = true;
        }}
        onPointerDown={() => {
          openedByKey.current = false;
        }}
      >
        {trigger}
      </DropdownMenu.Trigger>
      {/* Inside main: all content of a page belongs to a landmark. */}
      <DropdownMenu.Portal container={landmark()}>
        <DropdownMenu.Content
          aria-label={label}
          // Radix names the list after its trigger; ours has a name of its own.
          aria-labelledby={undefined}
          onFocus={enter}
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={12}
          className="card appear z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-[220px] overflow-y-auto p-1.5 shadow-pop"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function landmark(): HTMLElement | null {
  return typeof document === "undefined" ? null : document.querySelector("main");
}

interface MenuItemProps {
  icon?: IconName;
  tone?: "default" | "danger";
  disabled?: boolean;
  onSelect(): void;
  children: ReactNode;
}

export function MenuItem({ icon, tone = "default", disabled, onSelect, children }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      disabled={disabled}
      onSelect={onSelect}
      className={clsx(
        ITEM,
        tone === "danger" && "text-danger data-[highlighted]:bg-danger-soft data-[highlighted]:text-danger",
      )}
    >
      {icon ? <Icon name={icon} /> : null}
      <span className="flex-1">{children}</span>
    </DropdownMenu.Item>
  );
}

export function MenuLink({ icon, href, children }: { icon?: IconName; href: string; children: ReactNode }) {
  return (
    <DropdownMenu.Item asChild>
      <Link href={href} className={clsx(ITEM, "cursor-pointer")}>
        {icon ? <Icon name={icon} /> : null}
        <span className="flex-1">{children}</span>
      </Link>
    </DropdownMenu.Item>
  );
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="mx-1 my-1.5 h-px bg-line" />;
}
