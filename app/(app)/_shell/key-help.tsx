"use client";

import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";

const KEYS: [string, string][] = [
  ["Cmd or Ctrl K", "Search or run"],
  ["B", "Backup now"],
  ["/", "Search on this page"],
  ["G, then O", "Go to Overview"],
  ["G, then B", "Go to Backups"],
  ["G, then A", "Go to Activity"],
  ["G, then S", "Go to Settings"],
  ["?", "This list"],
];

export function KeyHelp({ onClose }: { onClose(): void }) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Keyboard shortcuts"
      description="Letters work outside of fields and dialogs. You can turn them off in Settings, Appearance."
      footer={<Button onClick={onClose}>Close</Button>}
    >
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
        {KEYS.map(([keys, does]) => (
          <div key={keys} className="contents">
            <dt className="font-semibold whitespace-nowrap">{keys}</dt>
            <dd className="text-ink-2">{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
