"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { useUser } from "@/app/(app)/_shell/user";
import { Button } from "@/components/button";

const UploadDialog = dynamic(() => import("./upload-dialog").then((module) => module.UploadDialog), { ssr: false });

/** For a database file from elsewhere: it becomes a backup like any other. */
export function UploadButton() {
  const { canAdmin } = useUser();
  const [open, setOpen] = useState(false);
  if (!canAdmin) return null;
  return (
    <>
      <Button
        icon="upload"
        aria-label="Upload a file…"
        title="Upload a file…"
        className="max-wide:w-10 max-wide:px-0!"
        onClick={() => setOpen(true)}
      >
        <span className="max-wide:hidden">Upload a file…</span>
      </Button>
      {open ? <UploadDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}
