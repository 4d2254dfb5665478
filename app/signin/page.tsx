import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { currentUser, getQueryClient, trpc } from "@/app/_trpc/server";
import { signInErrorText } from "@/app/_trpc/sign-in-error";
import { PlainPage } from "@/components/plain-page";
import { ownPath } from "./next-path";
import { SignInForm } from "./sign-in-form";

export const metadata: Metadata = { title: "Sign in" };

type Params = Promise<Record<string, string | string[] | undefined>>;

export default async function SignInPage({ searchParams }: { searchParams: Params }) {
  const { next, error } = await searchParams;
  const path = ownPath(typeof next === "string" ? next : undefined);
  if (await currentUser()) redirect(path);
  if (await getQueryClient().fetchQuery(trpc.setup.needed.queryOptions())) redirect("/setup");
  const provider = await getQueryClient().fetchQuery(trpc.session.provider.queryOptions());
  return (
    <PlainPage>
      <SignInForm
        next={path}
        error={signInErrorText(typeof error === "string" ? error : null)}
        provider={provider?.name ?? null}
      />
    </PlainPage>
  );
}
