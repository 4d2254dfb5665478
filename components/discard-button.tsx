import { Button, type ButtonSize, type ButtonVariant } from "@/components/button";

interface DiscardButtonProps {
  /** While it is saved nothing can be discarded: the save would go on, and its answer would show what was thrown away. */
  busy: boolean;
  onDiscard(): void;
  variant?: ButtonVariant;
  size?: ButtonSize;
}

/** Beside the button that saves a settings form. */
export function DiscardButton({ busy, onDiscard, variant, size }: DiscardButtonProps) {
  return (
    <Button variant={variant} size={size} disabled={busy} onClick={onDiscard}>
      Discard changes
    </Button>
  );
}
