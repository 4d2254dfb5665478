import clsx from "clsx";
import { type ComponentProps, type ReactNode, useId } from "react";

interface FieldParts {
  label: ReactNode;
  /** Under the field, always there. */
  hint?: ReactNode;
  /** Replaces the hint and marks the field as invalid. */
  error?: ReactNode;
}

const BOX =
  "w-full rounded-control border border-edge bg-surface px-3 text-base text-ink placeholder:text-ink-3 aria-invalid:border-danger";

function Frame({ id, label, hint, error, children }: FieldParts & { id: string; children: ReactNode }) {
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-semibold">
        {label}
      </label>
      {children}
      {error || hint ? (
        <p id={`${id}-note`} className={clsx("text-sm", error ? "text-danger" : "text-ink-3")}>
          {error ?? hint}
        </p>
      ) : null}
    </div>
  );
}

export function TextField({ label, hint, error, className, ...rest }: FieldParts & ComponentProps<"input">) {
  const made = useId();
  const id = rest.id ?? made;
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <input
        type="text"
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        className={clsx(BOX, "touch-target h-10 read-only:bg-sunken", className)}
      />
    </Frame>
  );
}

export function TextArea({ label, hint, error, className, ...rest }: FieldParts & ComponentProps<"textarea">) {
  const made = useId();
  const id = rest.id ?? made;
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <textarea
        rows={3}
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        className={clsx(BOX, "py-2", className)}
      />
    </Frame>
  );
}

export function SelectField({
  label,
  hint,
  error,
  className,
  children,
  ...rest
}: FieldParts & ComponentProps<"select">) {
  const made = useId();
  const id = rest.id ?? made;
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <select
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        className={clsx(BOX, "touch-target h-10", className)}
      >
        {children}
      </select>
    </Frame>
  );
}

export function Checkbox({ label, className, ...rest }: Omit<ComponentProps<"input">, "type"> & { label: ReactNode }) {
  return (
    <label className={clsx("touch-target flex min-h-8 items-center gap-2.5 text-base", className)}>
      <input {...rest} type="checkbox" className="size-[18px] shrink-0 accent-accent" />
      <span>{label}</span>
    </label>
  );
}
