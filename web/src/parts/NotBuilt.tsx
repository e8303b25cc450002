"use client";
import { ButtonLink } from "./controls";
import { PageTitle } from "./PageTitle";
import { Empty } from "./states";

/** A page that is planned and not there: it says so, and is in no menu. */
export function NotBuilt({ page }: { page: string }) {
  return (
    <>
      <PageTitle page={page}>This page is not built yet</PageTitle>
      <Empty sentence="The report of the run has what is known so far.">
        <ButtonLink href="/">To Today</ButtonLink>
      </Empty>
    </>
  );
}
