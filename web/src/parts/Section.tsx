// A part of a page with its heading, and tables as all pages draw them.
import type { ReactNode } from "react";

export function Section({ id, title, said, children }: { id?: string; title: ReactNode; said?: ReactNode; children: ReactNode }) {
  return (
    <section id={id} className="mt-10 min-w-0 scroll-mt-20 first:mt-0">
      {title && <h2 className="font-semibold">{title}</h2>}
      {said && <p className="mt-1 max-w-prose text-muted">{said}</p>}
      <div className="mt-3">{children}</div>
    </section>
  );
}

const isBlank = (content: ReactNode) => content === "" || content === null || content === undefined || content === false;

export interface Column<Row> {
  head: ReactNode;
  cell: (row: Row) => ReactNode;
  isNumber?: boolean;
  isName?: boolean; // short: kept on one line
  wide?: boolean; // may take the width that is left
  isBeside?: boolean; // short: on a phone beside the others, as numbers are
  isMain?: boolean; // on a phone: seen at once; where a column is, those that are not open beneath
}

/** A table, without the columns in which no row says anything; on a phone each row is a block whose first cell is its heading. */
export function Rows<Row>({ caption, columns: all, rows, keyOf }: { caption: string; columns: Column<Row>[]; rows: readonly Row[]; keyOf: (row: Row) => string }) {
  const columns = all.filter((column, at) => at === 0 || !rows.length || rows.some((row) => !isBlank(column.cell(row))));
  const [first, ...rest] = columns;
  if (!first) return null;
  const [seen, beneath] = rest.some((column) => column.isMain) ? [rest.filter((column) => column.isMain), rest.filter((column) => !column.isMain)] : [rest, []];
  return (
    <>
      <div className="hidden overflow-x-auto md:block" tabIndex={0} role="region" aria-label={caption}>
        <table className="w-full border-collapse">
          <caption className="sr-only">{caption}</caption>
          <thead>
            <tr className="border-b border-line text-left text-sm text-muted">
              {columns.map((column, at) => (
                <th key={at} scope="col" className={`py-2 pr-4 align-bottom font-medium last:pr-0 ${column.isNumber ? "min-w-24 text-right" : ""} ${column.wide ? "w-1/2" : ""}`}>
                  {column.head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={keyOf(row)} className="border-b border-line align-top hover:bg-panel">
                {columns.map((column, at) => (
                  <td key={at} className={`py-2 pr-4 last:pr-0 ${column.isNumber ? "figures text-right whitespace-nowrap" : column.isName ? "whitespace-nowrap" : "max-w-xl break-words"}`}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul className="grid md:hidden">
        {rows.map((row) => (
          <li key={keyOf(row)} className="border-b border-line py-3">
            <div className="break-words font-medium">{first.cell(row)}</div>
            <Facts columns={said(seen, row)} row={row} />
            {said(beneath, row).length > 0 && (
              <details className="mt-1 text-sm">
                <summary className="w-fit py-1 text-muted">More</summary>
                <Facts columns={said(beneath, row)} row={row} />
              </details>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Those of the columns in which a row says something. */
const said = <Row,>(columns: Column<Row>[], row: Row) => columns.filter((column) => !isBlank(column.cell(row)));

/** Cells of a row with their headings; numbers beside each other. */
function Facts<Row>({ columns, row }: { columns: Column<Row>[]; row: Row }) {
  const numbers = columns.filter((column) => column.isNumber || column.isBeside).length;
  return (
    <dl className={`mt-1 grid gap-x-4 gap-y-1 text-sm ${numbers === 3 || numbers > 4 ? "grid-cols-3" : "grid-cols-2"}`}>
      {columns.map((column, at) => (
        <div key={at} className={column.isNumber || column.isBeside ? "min-w-0" : "col-span-full min-w-0"}>
          <dt className="text-muted">{column.head}</dt>
          <dd className="mt-1 break-words">{column.cell(row)}</dd>
        </div>
      ))}
    </dl>
  );
}
