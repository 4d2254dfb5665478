import { LinkButton } from "@/components/button";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";
import { PlainPage } from "@/components/plain-page";

export const metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <PlainPage>
      <Card>
        <Empty
          title={<h1>There is no such page</h1>}
          action={
            <LinkButton variant="primary" href="/">
              Overview
            </LinkButton>
          }
        >
          The address may be mistyped, or what it led to is gone. Backups are not affected.
        </Empty>
      </Card>
    </PlainPage>
  );
}
