"use client";

import { createContext, type ReactNode, useCallback, useContext, useMemo, useState, useSyncExternalStore } from "react";
import { Button } from "@/components/button";
import { THEME_COOKIE, type Theme, writePreference } from "@/components/preferences";

interface ThemeState {
  chosen: Theme;
  /** What is on the screen; on the server "light" stands for "the system decides". */
  seen: "light" | "dark";
  choose(theme: Theme): void;
}

const ThemeContext = createContext<ThemeState | null>(null);
const DARK = "(prefers-color-scheme: dark)";

export function ThemeProvider({ initial, children }: { initial: Theme; children: ReactNode }) {
  const [chosen, setChosen] = useState(initial);
  const systemDark = useSyncExternalStore(
    (changed) => {
      const query = matchMedia(DARK);
      query.addEventListener("change", changed);
      return () => query.removeEventListener("change", changed);
    },
    () => matchMedia(DARK).matches,
    () => false,
  );
  const choose = useCallback((theme: Theme) => {
    setChosen(theme);
    writePreference(THEME_COOKIE, theme);
    const root = document.documentElement;
    if (theme === "system") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", theme);
  }, []);
  const seen = chosen === "system" ? (systemDark ? "dark" : "light") : chosen;
  const value = useMemo(() => ({ chosen, seen, choose }), [chosen, seen, choose]);
  return <ThemeContext value={value}>{children}</ThemeContext>;
}

export function useTheme(): ThemeState {
  const theme = useContext(ThemeContext);
  if (!theme) throw new Error("useTheme was called outside ThemeProvider.");
  return theme;
}

export function ThemeSwitch() {
  const { seen, choose } = useTheme();
  const other = seen === "dark" ? "light" : "dark";
  const label = `Switch to ${other} theme`;
  return (
    <Button
      variant="quiet"
      size="sm"
      iconOnly
      icon={other === "dark" ? "moon" : "sun"}
      aria-label={label}
      title={label}
      onClick={() => choose(other)}
    />
  );
}
