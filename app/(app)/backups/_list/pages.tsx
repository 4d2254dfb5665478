import { Button } from "@/components/button";
import { formatCount } from "@/components/bytes";

interface PagesProps {
  /** Number of the first row, counted from 1. */
  first: number;
  shown: number;
  matching: number;
  onPrevious: (() => void) | null;
  onNext: (() => void) | null;
}

export function Pages({ first, shown, matching, onPrevious, onNext }: PagesProps) {
  const go = (turn: () => void) => () => {
    turn();
    window.scrollTo({ top: 0 });
  };
  return (
    <div className="flex items-center gap-3 px-5 py-2.5 shell:border-t shell:border-line max-shell:px-0.5">
      <span className="text-sm text-ink-3 tabular-nums">
        {shown === 0 ? "" : `${formatCount(first)} to ${formatCount(first + shown - 1)} of ${formatCount(matching)}`}
      </span>
      <nav aria-label="Pages" className="ml-auto flex gap-1.5">
        <Button size="sm" disabled={!onPrevious} onClick={onPrevious ? go(onPrevious) : undefined}>
          Previous
        </Button>
        <Button size="sm" disabled={!onNext} onClick={onNext ? go(onNext) : undefined}>
          Next
        </Button>
      </nav>
    </div>
  );
}
