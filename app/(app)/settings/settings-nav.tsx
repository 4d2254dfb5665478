import type { ReactNode } from "react";
import { Icon, type IconName } from "@/components/icon";
import { SectionLinks } from "./section-links";

const SECTIONS: [page: string, name: string, icon: IconName, adminOnly?: true][] = [
  ["storage", "Storage", "cloud"],
  ["schedule", "Schedule", "clock"],
  ["retention", "Retention", "trash"],
  ["doctor", "Doctor", "shield"],
  ["notifications", "Notifications", "bell", true],
  ["cost", "Cost", "tag"],
  ["tokens", "API tokens", "key", true],
  ["people", "People", "user"],
  ["audit", "Audit", "search", true],
  ["appearance", "Appearance", "sun"],
];

/** Made on the server, so that the list is in no script. */
export function SettingsNav({ canAdmin }: { canAdmin: boolean }) {
  const sections = SECTIONS.filter(([, , , adminOnly]) => canAdmin || !adminOnly);
  const links = sections.map(([page, name, icon]): [href: string, label: ReactNode] => [
    `/settings/${page}`,
    <>
      <Icon name={icon} />
      {name}
    </>,
  ]);
  return <SectionLinks links={links} fold={<Icon name="chevron-down" className="ml-auto group-open:rotate-180" />} />;
}
