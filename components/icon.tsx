/** Outlines on a 16 by 16 grid, drawn with a 1.5 stroke: about the weight of the text beside them. */
const PATHS = {
  home: "M2.5 7.2 8 2.6l5.5 4.6v6.2h-3.7V9.6H6.2v3.8H2.5z",
  archive: "M2 3h12v3H2zM3 6v7.2h10V6M6.3 8.8h3.4",
  activity: "M1.6 8.6h3L6.6 3l3 10 2-4.4h2.8",
  settings:
    "M8 5.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6zM8 1.6v2M8 12.4v2M1.6 8h2M12.4 8h2M3.5 3.5l1.4 1.4M11.1 11.1l1.4 1.4M3.5 12.5l1.4-1.4M11.1 4.9l1.4-1.4",
  search: "M7 2.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8zM10.3 10.3l3.2 3.2",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4M3.3 3.3l1 1M11.7 11.7l1 1M3.3 12.7l1-1M11.7 4.3l1-1",
  moon: "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z",
  monitor: "M2 3h12v8H2zM6 13.5h4M8 11v2.5",
  "arrow-up": "M8 13V3.4M4 7.2l4-4 4 4",
  check: "M3.2 8.4l3.2 3.2 6.4-7",
  cross: "M4 4l8 8M12 4l-8 8",
  warning: "M8 2.4 14.4 13.4H1.6zM8 6.6v3.2M8 11.7v.1",
  info: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 7.4v3.4M8 5.2v.1",
  ring: "M8 3.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8z",
  arc: "M8 2.6A5.4 5.4 0 1 1 2.6 8",
  pin: "M5.4 2.4h5.2l-.8 4.4 2 2.4H4.2l2-2.4zM8 9.2v4.6",
  lock: "M3.6 7.2h8.8v6.2H3.6zM5.4 7.2V5a2.6 2.6 0 0 1 5.2 0v2.2",
  unlock: "M3.6 7.2h8.8v6.2H3.6zM5.4 7.2V5a2.6 2.6 0 0 1 5-.9",
  hand: "M5 8.2V4.1a.9.9 0 0 1 1.8 0V7.4V2.9a.9.9 0 0 1 1.8 0v4.5V3.8a.9.9 0 0 1 1.8 0v4V5.6a.9.9 0 0 1 1.8 0v4.2c0 2.4-1.6 4-3.8 4-2 0-2.9-.8-3.8-2.4L2.9 8.9c-.5-.9.8-1.7 1.4-.9z",
  clock: "M8 2.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4zM8 5v3.2l2.2 1.4",
  shield: "M8 2 13 3.8v3.8c0 3.2-2 5.4-5 6.6-3-1.2-5-3.4-5-6.6V3.8z",
  power: "M8 2v5.4M4.6 4.2a5.2 5.2 0 1 0 6.8 0",
  upload: "M8 11V3M4.8 6 8 2.8 11.2 6M2.6 13.4h10.8",
  download: "M8 2.6v8M4.8 7.6 8 10.8l3.2-3.2M2.6 13.4h10.8",
  restore: "M2.6 8a5.4 5.4 0 1 0 1.8-4M2.6 2.4v2.8h2.8M8 5.2V8l2 1.4",
  more: "M3.4 8v.1M8 8v.1M12.6 8v.1",
  "chevron-down": "M4 6l4 4 4-4",
  "chevron-up": "M4 10l4-4 4 4",
  "chevron-left": "M10 4 6 8l4 4",
  "chevron-right": "M6 4l4 4-4 4",
  sort: "M5 3v9.4M2.8 10.4 5 12.6l2.2-2.2M11 13V3.6M8.8 5.6 11 3.4l2.2 2.2",
  copy: "M5.6 5.6h7.8v7.8H5.6zM10.4 5.6v-3H2.6v7.8h3",
  trash: "M2.8 4.4h10.4M6 4.4V2.8h4v1.6M4.2 4.4l.6 9h6.4l.6-9",
  key: "M5.4 7.6a3 3 0 1 0 0 .1zM5.4 7.7h8.2v2.6M11 7.7v2",
  tag: "M2.4 2.4h5.4l5.8 5.8-5.4 5.4-5.8-5.8zM5.2 5.2v.1",
  edit: "M10.6 2.8l2.6 2.6-7.6 7.6-3.2.6.6-3.2z",
  external: "M6.6 3.4H3v9.6h9.6V9.4M9 2.8h4.2V7M13 3 7.4 8.6",
  refresh: "M13 3v3h-3M12.8 6A5.2 5.2 0 1 0 13.2 9",
  user: "M8 2.6a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM2.8 13.6c.6-2.6 2.6-4 5.2-4s4.6 1.4 5.2 4",
  "sign-out": "M9.4 3H3v10h6.4M6.6 8h7M11 5.4 13.6 8 11 10.6",
  plus: "M8 3v10M3 8h10",
  database:
    "M3 4.2C3 3 5.2 2.2 8 2.2s5 .8 5 2-2.2 2-5 2-5-.8-5-2zM3 4.2v7.6c0 1.2 2.2 2 5 2s5-.8 5-2V4.2M3 8c0 1.2 2.2 2 5 2s5-.8 5-2",
  cloud: "M4.8 12.6a3 3 0 0 1-.3-6 4 4 0 0 1 7.6 1 2.6 2.6 0 0 1-.4 5z",
  keyboard: "M1.8 4h12.4v8H1.8zM4.2 6.4v.1M6.8 6.4v.1M9.4 6.4v.1M11.8 6.4v.1M5 9.6h6",
  bell: "M4 10.8V7a4 4 0 0 1 8 0v3.8l1.2 1.4H2.8zM6.6 14.2h2.8",
  stop: "M4.4 4.4h7.2v7.2H4.4z",
} as const;

export type IconName = keyof typeof PATHS;

/** Always decoration: the text beside it, or the control's `aria-label`, carries the meaning. */
export function Icon({ name, size = 16, className }: { name: IconName; size?: number; className?: string }) {
  const classes = [name === "arc" ? "turning" : "", "shrink-0", className ?? ""].join(" ").trim();
  return (
    <svg
      className={classes}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 2.2 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
