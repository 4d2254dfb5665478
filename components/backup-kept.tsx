import { Time } from "@/components/time";
import type { BackupView } from "@/server/nestegg";

/** Why it stays, or until which day: in the reader's zone, where the server's words can only say UTC. */
export function BackupKept({ backup: { kept, keptUntil } }: { backup: Pick<BackupView, "kept" | "keptUntil"> }) {
  if (!keptUntil) return kept;
  return (
    <>
      kept until <Time at={keptUntil} form="day" />
    </>
  );
}
