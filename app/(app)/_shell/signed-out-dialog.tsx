"use client";

import { buttonClass } from "@/components/button";
import { Dialog } from "@/components/dialog";

export function SignedOutDialog({ path, onClose }: { path: string; onClose(): void }) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="You were signed out"
      description="Your session has ended. Backups go on; what you see here may be old."
      footer={
        // A full page load: the answers that this tab keeps belong to the session that ended.
        <a href={`/signin?next=${encodeURIComponent(path)}`} className={buttonClass({ variant: "primary" })}>
          Sign in
        </a>
      }
    />
  );
}
