"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { Button } from "@/components/button";
import type { Operation } from "./live-runs";
import { useUser } from "./user";

const CancelDialog = dynamic(() => import("./cancel-dialog").then((module) => module.CancelDialog), { ssr: false });

/** There for those who may, an admin or the operator who started it, and until the point of no return. */
export function CancelRun({ run }: { run: Operation }) {
  const user = useUser();
  const [asking, setAsking] = useState(false);
  const own = run.actor.kind === "user" && run.actor.id === user.id;
  if (run.noReturn || (!user.canAdmin && !(user.canOperate && own))) return null;
  return (
    <>
      <Button size="sm" aria-label="Cancel run" onClick={() => setAsking(true)}>
        Cancel
      </Button>
      {asking ? <CancelDialog run={run} onClose={() => setAsking(false)} /> : null}
    </>
  );
}
