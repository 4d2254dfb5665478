"use client";

import { useRouter } from "next/navigation";
import { Button } from "@/components/button";
import { useUser } from "./user";

/** Opens the page that names what an undo takes away; there for those who may. */
export function UndoButton() {
  const router = useRouter();
  const { canAdmin } = useUser();
  if (!canAdmin) return null;
  return (
    <Button size="sm" icon="restore" onClick={() => router.push("/backups/undo")}>
      Undo restore
    </Button>
  );
}
