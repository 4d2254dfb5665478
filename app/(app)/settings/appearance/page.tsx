import type { Metadata } from "next";
import { cookies } from "next/headers";
import { requireUser } from "@/app/_trpc/server";
import { DENSITY_COOKIE, parseDensity } from "@/components/preferences";
import { Appearance } from "./appearance";

export const metadata: Metadata = { title: "Appearance, Settings" };

export default async function AppearancePage() {
  await requireUser("/settings/appearance");
  return <Appearance density={parseDensity((await cookies()).get(DENSITY_COOKIE)?.value)} />;
}
