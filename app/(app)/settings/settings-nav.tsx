"use client";

import clsx from "clsx";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { Icon, type IconName } from "@/components/icon";
import { useUser } from "../_shell/user";

const SECTIONS: { href: string; name: string; icon: IconName; adminOnly: boolean }[] = [
  { href: "/settings/storage", name: "Storage", icon: "cloud", adminOnly: false },
  { href: "/settings/schedule", name: "Schedule", icon: "clock", adminOnly: false },
  { href: "/settings/retention", name: "Retention", icon: "trash", adminOnly: false },
  { href: "/settings/doctor", name: "Doctor", icon: "shield", adminOnly: false },
  { href: "/settings/notifications", name: "Notifications", icon: "bell", adminOnly: true },
  { href: "/settings/cost", name: "Cost", icon: "tag", adminOnly: false },
  { href: "/settings/tokens", name: "API tokens", icon: "key", adminOnly: true },
  { href: "/settings/people", name: "People", icon: "user", adminOnly: false },
  { href: "/settings/audit", name: "Audit", icon: "search", adminOnly: true },
  { href: "/settings/appearance", name: "Appearance", icon: "sun", adminOnly: false },
];

export function SettingsNav() {
  const path = usePathname();
  const { canAdmin } = useUser();
  return (
    <nav aria-label="Settings">
      <ul className="flex flex-wrap gap-1 lg:grid">
        {SECTIONS.filter(({ adminOnly }) => canAdmin || !adminOnly).map(({ href, name, icon }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={path === href ? "page" : undefined}
              className={clsx(
                "touch-target flex h-10 items-center gap-2.5 rounded-control px-3 font-semibold",
                path === href ? "bg-accent-soft text-accent-ink" : "text-ink-2 hover:bg-sunken hover:text-ink",
                "forced-colors:aria-[current]:outline-2 forced-colors:aria-[current]:-outline-offset-2",
              )}
            >
              <Icon name={icon} />
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
