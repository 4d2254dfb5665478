import "./globals.css";
import type { Metadata, Viewport } from "next";
import localFont from "next/font/local";
import { cookies, headers } from "next/headers";
import type { ReactNode } from "react";
import {
  DENSITY_COOKIE,
  parseDensity,
  parseTheme,
  parseZone,
  THEME_COOKIE,
  ZONE_COOKIE,
} from "@/components/preferences";
import { TimeProvider } from "@/components/time";

const newsreader = localFont({
  src: "./fonts/newsreader-latin-500.woff2",
  weight: "500",
  variable: "--font-newsreader",
  display: "swap",
  adjustFontFallback: "Times New Roman",
});

export const metadata: Metadata = {
  title: { default: "Nestegg", template: "%s · Nestegg" },
  description: "Keeps a DuckDB file safe.",
  robots: { index: false, follow: false },
  referrer: "same-origin",
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  viewportFit: "cover",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f6f4ec" },
    { media: "(prefers-color-scheme: dark)", color: "#0d1413" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Reading the request keeps every page dynamic: a prerendered one would have no CSP nonce on its scripts.
  await headers();
  const jar = await cookies();
  const theme = parseTheme(jar.get(THEME_COOKIE)?.value);
  const density = parseDensity(jar.get(DENSITY_COOKIE)?.value);
  const zone = parseZone(jar.get(ZONE_COOKIE)?.value);
  return (
    <html
      lang="en"
      dir="ltr"
      className={newsreader.variable}
      data-theme={theme === "system" ? undefined : theme}
      data-density={density === "compact" ? density : undefined}
    >
      <body>
        <TimeProvider now={Date.now()} zone={zone}>
          {children}
        </TimeProvider>
      </body>
    </html>
  );
}
