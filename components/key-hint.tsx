/** A key to press, for the eye only: the control itself carries `aria-keyshortcuts`. */
export function KeyHint({ children, className }: { children: string; className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={`rounded-sm border border-current/35 px-1.5 text-xs font-medium max-shell:hidden pointer-coarse:hidden ${className ?? ""}`}
    >
      {children}
    </span>
  );
}
