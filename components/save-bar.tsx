import { Button } from "@/components/button";
import { DiscardButton } from "@/components/discard-button";

interface SaveBarProps {
  /** "Save schedule". */
  label: string;
  /** What is typed differs from what is saved. */
  dirty: boolean;
  busy: boolean;
  saved: boolean;
  onDiscard(): void;
}

/** The end of a settings form: it says whether there is something to save, and that it was saved. */
export function SaveBar({ label, dirty, busy, saved, onDiscard }: SaveBarProps) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button variant="primary" type="submit" busy={busy} disabled={!dirty}>
        {label}
      </Button>
      {dirty ? <DiscardButton busy={busy} onDiscard={onDiscard} /> : null}
      <span role="status" className="text-sm text-ink-2">
        {saved && !dirty ? "Saved." : ""}
      </span>
    </div>
  );
}
