import clsx from "clsx";
import type { RouterOutputs } from "@/app/_trpc/client";
import { TABLE_ROLES } from "@/components/table-roles";
import { Time } from "@/components/time";
import { actionWords, actorWords, detailWords } from "./audit-words";

type Row = RouterOutputs["audit"]["list"][number];

/** On a narrow screen each row becomes a block; explicit roles keep it a table for screen readers. */
export function AuditTable({ rows, stale }: { rows: Row[]; stale: boolean }) {
  return (
    <table
      {...TABLE_ROLES.table}
      aria-label="Audit"
      aria-busy={stale || undefined}
      className={clsx("mt-3 w-full text-sm max-sm:block", stale && "opacity-60")}
    >
      <thead {...TABLE_ROLES.group} className="text-left text-ink-3 max-sm:sr-only">
        <tr {...TABLE_ROLES.row}>
          {["When", "Who", "What"].map((name) => (
            <th {...TABLE_ROLES.column} key={name} className="px-2 py-2 font-medium first:pl-[22px] last:pr-[22px]">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody {...TABLE_ROLES.group} className="max-sm:block">
        {rows.map((row) => (
          <tr
            {...TABLE_ROLES.row}
            key={row.id}
            data-action={row.action}
            className="border-t border-line align-top max-sm:grid max-sm:gap-1 max-sm:px-4 max-sm:py-3 [&>*]:sm:px-2 [&>*]:sm:py-2.5 [&>*]:sm:first:pl-[22px] [&>*]:sm:last:pr-[22px]"
          >
            <td {...TABLE_ROLES.cell} className="whitespace-nowrap text-ink-2 max-sm:order-3">
              <Time at={row.at} form="absolute" />
            </td>
            <td {...TABLE_ROLES.cell} className="max-sm:order-2">
              <div className="[overflow-wrap:anywhere]">{actorWords(row)}</div>
              {row.address ? <div className="text-ink-3">from {row.address}</div> : null}
            </td>
            <th {...TABLE_ROLES.rowHeader} className="w-1/2 text-left font-normal max-sm:order-1 max-sm:w-auto">
              <span className="font-semibold">{actionWords(row.action)}</span>
              {row.target ? <span className="[overflow-wrap:anywhere]"> {row.target}</span> : null}
              <Detail detail={row.detail} />
            </th>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Detail({ detail }: { detail: Row["detail"] }) {
  const facts = Object.entries(detail).filter(([, value]) => value !== null && value !== "");
  if (facts.length === 0) return null;
  return (
    <div className="text-ink-3 [overflow-wrap:anywhere]">
      {facts.map(([name, value]) => detailWords(name, value)).join(", ")}
    </div>
  );
}
