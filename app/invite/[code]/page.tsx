import type { Metadata } from "next";
import { TRPCReactProvider } from "@/app/_trpc/client";
import { getQueryClient, trpc } from "@/app/_trpc/server";
import { LinkButton } from "@/components/button";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";
import { PlainPage } from "@/components/plain-page";
import { AcceptInvitation } from "./accept-invitation";

export const metadata: Metadata = { title: "Invitation" };

/** For whoever has the link: it is the only proof, so nothing else of Nestegg is shown here. */
export default async function InvitationPage({ params }: { params: Promise<{ code: string }> }) {
  const { code } = await params;
  // An address too long to hold a code is refused by the procedure; here it is a link that opens nothing.
  const invitation =
    code.length > 100 ? null : await getQueryClient().fetchQuery(trpc.people.invitation.queryOptions({ code }));
  return (
    <PlainPage>
      {invitation ? (
        <TRPCReactProvider>
          <AcceptInvitation code={code} email={invitation.email} role={invitation.role} />
        </TRPCReactProvider>
      ) : (
        <Card>
          <Empty title="This invitation is over" action={<LinkButton href="/signin">Sign in</LinkButton>}>
            It was used, withdrawn, or is older than 7 days. Ask the admin who sent it for a new link.
          </Empty>
        </Card>
      )}
    </PlainPage>
  );
}
