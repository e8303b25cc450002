"use client";
// Today before there is a list: files may be dropped right here.
import { useRouter } from "next/navigation";
import { useState } from "react";

import { useAnswer } from "@/api/answers";
import { send } from "@/api/client";
import { ButtonLink } from "@/parts/controls";
import { PageTitle } from "@/parts/PageTitle";
import { Loaded, Problem } from "@/parts/states";
import { DropFiles } from "@/setup/DropFiles";
import { Sample } from "@/setup/Sample";

const SETUP = "/setup/";

export function NoList({ problem }: { problem: string }) {
  const router = useRouter();
  const setup = useAnswer("/api/v1/setup");
  const [error, setError] = useState<unknown>(null);
  return (
    <Loaded answer={setup} page="today">
      {({ setup: { state }, job }) => (
        <div data-state="empty">
          <PageTitle
            page="today"
            said={`${problem} An export of orders, subscriptions or invoices is enough: drop it, answer what only you can know, and this page lists whom to contact.`}
            actions={
              <ButtonLink href={SETUP} look={state === "empty" && !job ? "plain" : "main"}>
                {state === "empty" && !job ? "Add files" : "Go on"}
              </ButtonLink>
            }
          >
            {state === "empty" && !job ? "There is no list yet: begin with a file of your customers or their orders" : "Your list is not made yet: go on where you were"}
          </PageTitle>
          {error !== null && <Problem error={error} />}
          {state === "empty" && !job && (
            <>
              <DropFiles
                uploads={[]}
                isLarge
                isLocked={false}
                onSent={(came) => {
                  if (came) router.push(SETUP);
                }}
              />
              <Sample
                isBusy={false}
                onShow={() =>
                  void send("POST", "/api/v1/sample", {}).then(
                    () => router.push(SETUP),
                    (problem: unknown) => setError(problem),
                  )
                }
              />
            </>
          )}
        </div>
      )}
    </Loaded>
  );
}
