export type SealState = "safe" | "at-risk" | "unprotected" | "unknown";

const EGG = "M16 2.4c5.2 0 9.4 7.6 9.4 13.6 0 5.6-4.2 9.6-9.4 9.6s-9.4-4-9.4-9.6C6.6 10 10.8 2.4 16 2.4z";

/** The brand: an egg in its nest. */
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 32 32"
      className="shrink-0 text-accent"
      aria-hidden="true"
      focusable="false"
    >
      <path d={EGG} fill="currentColor" transform="translate(4.8 1) scale(.7)" opacity=".9" />
      <path
        d="M3.6 16.8c.5 6.8 5.6 11.2 12.4 11.2s11.9-4.4 12.4-11.2"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
    </svg>
  );
}

/** The verdict as one picture: whole and ticked, marked with "!", or cracked. */
export function Seal({ state, className }: { state: SealState; className?: string }) {
  const tone = {
    safe: "text-accent",
    "at-risk": "text-warn-edge",
    unprotected: "text-danger-solid",
    unknown: "text-ink-3",
  }[state];
  const cut = {
    fill: "none",
    stroke: "var(--surface)",
    strokeWidth: 2.6,
    strokeLinecap: "round",
    strokeLinejoin: "round",
  } as const;
  return (
    <svg viewBox="5 1 22 26" className={`shrink-0 ${tone} ${className ?? ""}`} aria-hidden="true" focusable="false">
      <path
        d={EGG}
        fill={state === "unknown" ? "none" : "currentColor"}
        stroke="currentColor"
        strokeWidth={state === "unknown" ? 1.6 : 0}
      />
      {state === "safe" ? <path d="M11.6 15.6l3.2 3.2 5.8-6.4" {...cut} /> : null}
      {state === "at-risk" ? <path d="M16 9.2v7.2M16 20.6v.1" {...cut} /> : null}
      {state === "unprotected" ? (
        <path d="M6 15l3.4-2 2.8 3.2 3.4-3.6 3 3.4 3-3 4.4 2" {...cut} strokeWidth={1.8} />
      ) : null}
      {state === "unknown" ? (
        <path
          d="M12.4 14.6h.1M16 14.6h.1M19.6 14.6h.1"
          fill="none"
          stroke="currentColor"
          strokeWidth="2.2"
          strokeLinecap="round"
        />
      ) : null}
    </svg>
  );
}
