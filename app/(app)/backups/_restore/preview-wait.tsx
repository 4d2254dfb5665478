/** Stands where the comparison will be. */
export function PreviewWait() {
  return (
    <div className="grid gap-4" aria-busy="true">
      <p role="status" className="text-ink-2">
        Comparing with the live database…
      </p>
      <div className="card h-52 opacity-60" />
      <div className="card h-44 opacity-60" />
    </div>
  );
}
