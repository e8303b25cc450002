"use client";
// What is done with all matches: one row of buttons, on a phone the files behind the last of them.
import type { ReactNode } from "react";

import { AddToList } from "@/lists/AddToList";
import { AssignOwner, AssignOwnerInMenu } from "@/lists/AssignOwner";
import type { CustomerQuery } from "@/pages-map";
import { CallListButton } from "@/parts/CallListButton";
import { useIsNarrow } from "@/parts/narrow";
import { Popover } from "@/parts/Popover";

import { Views } from "./Views";

interface Props {
  query: CustomerQuery;
  total: number;
  children: ReactNode; // which columns the table has; the cards of a phone have none
}

export function Actions({ query, total, children }: Props) {
  const isNarrow = useIsNarrow();
  const isNow = query.run == null; // lists hold customers of now: a past run has files only
  const adding = isNow && total > 0 && (
    <AddToList query={query} total={total} align="right">
      {isNarrow ? "Add to a list" : "Add all to a list"}
    </AddToList>
  );
  const files = (
    <>
      <CallListButton query={query} name="customers" form="csv">
        CSV
      </CallListButton>
      <CallListButton query={query} name="customers" form="xlsx">
        Excel
      </CallListButton>
    </>
  );
  return (
    <div className="flex flex-wrap gap-2">
      {adding}
      {!isNarrow && isNow && total > 0 && <AssignOwner query={query} total={total} />}
      {isNow && <Views query={query} />}
      {isNarrow ? (
        <Popover name="More" label="More" width="w-72" align="right">
          {(close) => (
            <div className="grid gap-2">
              {files}
              {isNow && total > 0 && <AssignOwnerInMenu query={query} total={total} onDone={close} />}
            </div>
          )}
        </Popover>
      ) : (
        <>
          {children}
          {files}
        </>
      )}
    </div>
  );
}
