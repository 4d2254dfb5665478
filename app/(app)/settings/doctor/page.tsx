import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { Doctor } from "./doctor";
import { Drills } from "./drills";

export const metadata: Metadata = { title: "Doctor, Settings" };

export default async function DoctorPage() {
  await requireUser("/settings/doctor");
  await Promise.all([prefetch(trpc.doctor.last.queryOptions()), prefetch(trpc.drills.get.queryOptions())]);
  return (
    <HydrateClient>
      <Doctor />
      <Drills />
    </HydrateClient>
  );
}
