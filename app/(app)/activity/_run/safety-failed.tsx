"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { useUser } from "@/app/(app)/_shell/user";
import { Button } from "@/components/button";
import type { OperationView } from "@/server/control/types";

const WithoutSafetyDialog = dynamic(
  () => import("./without-safety-dialog").then((module) => module.WithoutSafetyDialog),
  { ssr: false },
);

/** The way on when today's data cannot be stored first: for an admin who knows what that costs. */
export function SafetyFailed({ operation }: { operation: OperationView }) {
  const { canAdmin } = useUser();
  const [open, setOpen] = useState(false);
  if (!canAdmin) return null;
  return (
    <>
      <Button size="sm" onClick={() => setOpen(true)}>
        {operation.kind === "restore" ? "Restore without it…" : "Undo without it…"}
      </Button>
      {open ? <WithoutSafetyDialog operation={operation} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
