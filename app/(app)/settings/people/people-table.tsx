import { useId } from "react";
import type { RouterOutputs } from "@/app/_trpc/client";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { TABLE_ROLES } from "@/components/table-roles";
import { Time } from "@/components/time";
import { ROLE_WORDS, useUser } from "../../_shell/user";
import type { Asked } from "./change-words";

type Person = RouterOutputs["people"]["list"]["people"][number];

const ROLES = ["viewer", "operator", "admin"] as const;
const CELL = "[&>*]:sm:px-2 [&>*]:sm:py-3 [&>*]:sm:first:pl-[22px] [&>*]:sm:last:pr-[22px]";

/** On a narrow screen each row becomes a block; explicit roles keep it a table for screen readers. */
export function PeopleTable({ people, onAsk }: { people: Person[]; onAsk(asked: Asked): void }) {
  return (
    <table {...TABLE_ROLES.table} aria-label="People" className="mt-3 w-full text-sm max-sm:block">
      <thead {...TABLE_ROLES.group} className="text-left text-ink-3 max-sm:sr-only">
        <tr {...TABLE_ROLES.row}>
          {["Person", "Role", "Last sign-in", ""].map((name) => (
            <th
              {...TABLE_ROLES.column}
              key={name}
              className="px-2 py-2 font-medium whitespace-nowrap first:pl-[22px] last:pr-[22px]"
            >
              {name || <span className="sr-only">Actions</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody {...TABLE_ROLES.group} className="max-sm:block">
        {people.map((person) => (
          <PersonRow key={person.id} person={person} onAsk={onAsk} />
        ))}
      </tbody>
    </table>
  );
}

function PersonRow({ person, onAsk }: { person: Person; onAsk(asked: Asked): void }) {
  const { id } = useUser();
  const noteId = useId();
  const { email, role, disabled, lastAdmin, external } = person;
  return (
    <tr
      {...TABLE_ROLES.row}
      data-person={email}
      data-status={disabled ? "disabled" : "active"}
      className={`border-t border-line align-top max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:gap-x-3 max-sm:gap-y-2 max-sm:px-4 max-sm:py-3 ${CELL}`}
    >
      <th {...TABLE_ROLES.rowHeader} className="text-left font-normal max-sm:col-span-2">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="text-base font-semibold [overflow-wrap:anywhere]">{email}</span>
          {person.id === id ? <Badge tone="line">you</Badge> : null}
          {disabled ? <Badge tone="quiet">Disabled</Badge> : null}
          {external ? <Badge tone="line">by provider</Badge> : null}
        </div>
        {person.name === email ? null : <div className="text-ink-3 [overflow-wrap:anywhere]">{person.name}</div>}
      </th>
      <td {...TABLE_ROLES.cell}>
        {external || disabled || lastAdmin ? (
          <span className="inline-flex min-h-8 items-center">{ROLE_WORDS[role]}</span>
        ) : (
          <select
            aria-label={`Role of ${email}`}
            value={role}
            onChange={(event) => {
              const next = ROLES.find((one) => one === event.target.value);
              if (next) onAsk({ what: "role", person, role: next });
            }}
            className="touch-target h-8 rounded-control border border-edge bg-surface px-2"
          >
            {ROLES.map((one) => (
              <option key={one} value={one}>
                {ROLE_WORDS[one]}
              </option>
            ))}
          </select>
        )}
        {lastAdmin ? (
          <div id={noteId} className="text-ink-3">
            Nestegg needs one admin.
          </div>
        ) : null}
      </td>
      <td {...TABLE_ROLES.cell} className="text-ink-2 max-sm:self-center max-sm:text-right">
        <span className="inline-flex min-h-8 items-center whitespace-nowrap">
          {person.lastSignInAt ? <Time at={person.lastSignInAt} /> : "never"}
        </span>
      </td>
      <td {...TABLE_ROLES.cell} className="text-right max-sm:col-span-2">
        <Button
          size="sm"
          disabled={lastAdmin}
          aria-label={`${disabled ? "Enable" : "Disable"} ${email}`}
          aria-describedby={lastAdmin ? noteId : undefined}
          onClick={() => onAsk({ what: disabled ? "enable" : "disable", person })}
        >
          {disabled ? "Enable…" : "Disable…"}
        </Button>
      </td>
    </tr>
  );
}
