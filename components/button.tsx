import clsx from "clsx";
import Link from "next/link";
import type { ComponentProps, ReactNode } from "react";
import { Icon, type IconName } from "@/components/icon";

export type ButtonVariant = "primary" | "default" | "quiet" | "danger";
export type ButtonSize = "sm" | "md";

interface Look {
  variant?: ButtonVariant;
  size?: ButtonSize;
  icon?: IconName;
  /** Only the icon is drawn; give `aria-label` and, for the mouse, `title`. */
  iconOnly?: boolean;
}

const VARIANTS: Record<ButtonVariant, string> = {
  primary: "border-transparent bg-accent text-on-accent hover:bg-accent-hover",
  default: "border-edge bg-surface text-ink hover:bg-sunken",
  quiet: "border-transparent bg-transparent text-ink-2 hover:bg-sunken hover:text-ink",
  danger: "border-transparent bg-danger-solid text-on-danger hover:brightness-110",
};
const SIZES: Record<ButtonSize, string> = { md: "h-10 px-4 text-base", sm: "h-8 px-3 text-sm" };
const SQUARES: Record<ButtonSize, string> = { md: "size-10", sm: "size-8" };

export function buttonClass({ variant = "default", size = "md", iconOnly = false }: Look, extra?: string): string {
  return clsx(
    "touch-target inline-flex shrink-0 items-center justify-center gap-2 rounded-control border font-semibold whitespace-nowrap select-none",
    "transition-opacity duration-100 aria-disabled:opacity-55",
    VARIANTS[variant],
    iconOnly ? SQUARES[size] : SIZES[size],
    extra,
  );
}

type ButtonProps = Omit<ComponentProps<"button">, "disabled"> &
  Look & {
    /** Keeps the label, says `aria-busy`, and swallows further presses. */
    busy?: boolean;
    /** Stays focusable and readable; say the reason beside it. */
    disabled?: boolean;
    children?: ReactNode;
  };

export function Button(props: ButtonProps) {
  const {
    variant,
    size,
    icon,
    iconOnly,
    busy,
    disabled,
    className,
    children,
    onClick,
    type = "button",
    ...rest
  } = props;
  const stopped = busy || disabled;
  return (
    <button
      {...rest}
      type={type}
      aria-busy={busy || undefined}
      aria-disabled={stopped || undefined}
      className={buttonClass({ variant, size, iconOnly }, className)}
      // It stays the form's own: without one, Enter in the only field of a form would send it all the same.
      onClick={stopped ? (event) => event.preventDefault() : onClick}
    >
      {busy ? <Icon name="arc" /> : icon ? <Icon name={icon} /> : null}
      {children}
    </button>
  );
}

type LinkButtonProps = ComponentProps<typeof Link> & Look;

export function LinkButton({ variant, size, icon, iconOnly, className, children, ...rest }: LinkButtonProps) {
  return (
    <Link {...rest} className={buttonClass({ variant, size, iconOnly }, className)}>
      {icon ? <Icon name={icon} /> : null}
      {children}
    </Link>
  );
}
