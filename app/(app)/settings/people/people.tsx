"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import type { Asked } from "./change-words";
import { Invitations } from "./invitations";
import { PeopleTable } from "./people-table";

const Invite = dynamic(() => import("./invite").then((module) => module.Invite), { ssr: false });
const ConfirmChange = dynamic(() => import("./confirm-change").then((module) => module.ConfirmChange), { ssr: false });

export function People() {
  const trpc = useTRPC();
  const { people, invitations } = useSuspenseQuery(trpc.people.list.queryOptions()).data;
  const [inviting, setInviting] = useState(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  return (
    <>
      <Card
        title="People"
        sub="Who may sign in. A change of role counts with their next click; who is disabled is out at once."
        padded={false}
        aside={
          <Button variant="primary" size="sm" icon="plus" onClick={() => setInviting(true)}>
            Invite
          </Button>
        }
      >
        <PeopleTable people={people} onAsk={setAsked} />
      </Card>
      {invitations.length > 0 ? <Invitations invitations={invitations} onAsk={setAsked} /> : null}
      {inviting ? <Invite onClose={() => setInviting(false)} /> : null}
      {asked ? <ConfirmChange asked={asked} onClose={() => setAsked(null)} /> : null}
    </>
  );
}
