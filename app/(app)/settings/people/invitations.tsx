import type { RouterOutputs } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { Time } from "@/components/time";
import { ROLE_WORDS } from "../../_shell/user";
import type { Asked } from "./change-words";

type Invitation = RouterOutputs["people"]["list"]["invitations"][number];

/** Those that still open. */
export function Invitations({ invitations, onAsk }: { invitations: Invitation[]; onAsk(asked: Asked): void }) {
  return (
    <Card title="Open invitations" padded={false}>
      <ul aria-label="Open invitations" className="mt-2 text-sm">
        {invitations.map((invitation) => (
          <li
            key={invitation.id}
            data-invitation={invitation.email}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-t border-line px-4 py-3 sm:px-[22px]"
          >
            <div className="min-w-0">
              <div className="text-base font-semibold [overflow-wrap:anywhere]">{invitation.email}</div>
              <div className="text-ink-3">
                {ROLE_WORDS[invitation.role]}, invited by {invitation.createdBy} <Time at={invitation.createdAt} />,
                works until <Time at={invitation.expiresAt} form="absolute" />
              </div>
            </div>
            <Button
              size="sm"
              aria-label={`Withdraw the invitation of ${invitation.email}`}
              onClick={() => onAsk({ what: "withdraw", invitation })}
            >
              Withdraw…
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
