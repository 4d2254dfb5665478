"use client";

import { useState } from "react";
import { Button, LinkButton } from "@/components/button";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";

/** The digest is how the server's log names the same fault; the fault itself stays there. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset(): void }) {
  const [away, setAway] = useState(false);
  // Code that did not come once is not asked for again before a reload, which a server that is away must not get.
  const reload = () => {
    fetch("/api/health").then(
      () => window.location.reload(),
      () => setAway(true),
    );
  };
  return (
    <div className="mx-auto w-full max-w-[560px] px-4 pt-[8dvh]">
      <title>Broken page · Nestegg</title>
      <Card>
        <Empty
          title={<h1>This page broke</h1>}
          action={
            <>
              <Button variant="primary" onClick={error.name === "ChunkLoadError" ? reload : reset}>
                Try again
              </Button>
              <LinkButton href="/" prefetch={false}>
                Overview
              </LinkButton>
            </>
          }
        >
          Backups are not affected: they run in the server, not in this page.
          {away ? (
            <p role="alert" className="mt-2">
              Nestegg does not answer yet. Try again in a moment.
            </p>
          ) : null}
          {error.digest ? <p className="mt-2 font-mono text-id">Code for the log: {error.digest}</p> : null}
        </Empty>
      </Card>
    </div>
  );
}
