"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { useUser } from "@/app/(app)/_shell/user";
import { Button } from "@/components/button";

const NoteDialog = dynamic(() => import("./note-dialog").then((module) => module.NoteDialog), { ssr: false });

/** For the backup before a migration: the same as the button beside it, with words that find it again. */
export function BackupWithNote() {
  const { canOperate } = useUser();
  const [open, setOpen] = useState(false);
  if (!canOperate) return null;
  return (
    <>
      <Button icon="edit" aria-label="Backup with a note" className="max-shell:hidden" onClick={() => setOpen(true)}>
        With a note…
      </Button>
      {open ? <NoteDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}
