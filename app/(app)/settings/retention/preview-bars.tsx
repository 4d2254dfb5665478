/** More columns than this would be thinner than a pixel on a phone. */
const MAX_COLUMNS = 120;
const GAP = 0.25;

/** Oldest on the left: what stays stands full, what goes is an empty stump. One column may stand for several. */
export function PreviewBars({ rows }: { rows: { stays: boolean }[] }) {
  if (rows.length === 0) return null;
  const columns = columnsOf(rows.toReversed());
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${columns.length} 10`}
      preserveAspectRatio="none"
      className="h-10 w-full rounded-control bg-sunken"
    >
      {columns.map(({ index, share }) => (
        <g key={index}>
          <rect x={index + GAP / 2} y={10 - 10 * share} width={1 - GAP} height={10 * share} className="fill-accent" />
          <rect
            x={index + GAP / 2}
            y={10 * 0.6}
            width={1 - GAP}
            height={share === 1 ? 0 : 4 * (1 - share)}
            className="fill-danger"
          />
        </g>
      ))}
    </svg>
  );
}

function columnsOf(rows: { stays: boolean }[]): { index: number; share: number }[] {
  const count = Math.min(rows.length, MAX_COLUMNS);
  return Array.from({ length: count }, (_, index) => {
    const group = rows.slice(
      Math.floor((index * rows.length) / count),
      Math.floor(((index + 1) * rows.length) / count),
    );
    const stays = group.filter((row) => row.stays).length;
    return { index, share: stays / group.length };
  });
}
