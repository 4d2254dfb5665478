import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { TRPCReactProvider } from "@/app/_trpc/client";
import { currentUser, getQueryClient, HydrateClient, prefetch, trpc } from "@/app/_trpc/server";
import { PlainPage } from "@/components/plain-page";
import { Nonce } from "../(app)/_shell/nonce";
import { FirstAdmin } from "./first-admin";
import { FirstBackup } from "./first-backup";
import { SetupShell } from "./setup-shell";
import { SetupSteps } from "./setup-steps";
import { SetupStorage } from "./setup-storage";

export const metadata: Metadata = { title: "Set up" };

type Params = Promise<Record<string, string | string[] | undefined>>;

export default async function SetupPage({ searchParams }: { searchParams: Params }) {
  const { step } = await searchParams;
  if (await getQueryClient().fetchQuery(trpc.setup.needed.queryOptions())) {
    return (
      <PlainPage wide>
        <SetupSteps current="admin" />
        <TRPCReactProvider>
          <FirstAdmin />
        </TRPCReactProvider>
      </PlainPage>
    );
  }
  const user = await currentUser();
  if (!user) redirect("/signin");
  if (step !== "storage" && step !== "backup") redirect("/");
  const status = await getQueryClient().fetchQuery(trpc.status.get.queryOptions());
  await Promise.all([
    prefetch(trpc.settings.facts.queryOptions()),
    prefetch(trpc.settings.lastStorageCheck.queryOptions()),
  ]);
  return (
    <PlainPage wide>
      <SetupSteps current={step} />
      <TRPCReactProvider>
        <HydrateClient>
          <SetupShell user={{ id: user.id, email: user.email, role: user.role }} running={status.running}>
            {step === "storage" ? <SetupStorage /> : <FirstBackup />}
          </SetupShell>
        </HydrateClient>
      </TRPCReactProvider>
      <Nonce />
    </PlainPage>
  );
}
