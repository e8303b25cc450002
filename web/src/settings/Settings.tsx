"use client";
// What offers cost and who makes them, how numbers and times are written, and who may see what.
import { useAnswer } from "@/api/answers";
import { PageTitle } from "@/parts/PageTitle";
import { Section } from "@/parts/Section";
import { Problem, Skeleton } from "@/parts/states";
import { many } from "@/words/format";

import { Keys } from "./Keys";
import { Manner } from "./Manner";
import { Offers } from "./Offers";
import { Tenants } from "./Tenants";

export function Settings() {
  const settings = useAnswer("/api/v1/settings");
  const caller = useAnswer("/api/v1/caller");
  const may = (scope: string) => caller.data?.scopes.some((one) => one === scope || one === "admin") ?? false;
  const offers = settings.data?.offers.length ?? 0;
  return (
    <>
      <PageTitle page="settings">
        {!settings.data ? (
          "Settings"
        ) : settings.data.placeholders ? (
          "The offers are still placeholders: put in what yours cost"
        ) : (
          <>
            The plan chooses between {many(offers, "offer")}, in {settings.data.currency}
          </>
        )}
      </PageTitle>
      <Section title="Offers" said="What may be offered to customers, what it costs each time, and how many of those who would leave you assume it keeps. Until an experiment has measured it, that share is an assumption.">
        {settings.error ? (
          <Problem error={settings.error} onRetry={() => settings.refetch()} />
        ) : settings.data ? (
          <Offers key={JSON.stringify(settings.data.offers)} settings={settings.data} mayChange={may("run")} />
        ) : (
          <Skeleton rows={4} height={36} />
        )}
      </Section>
      <Section title="Money, language and time" said="Set once, for every page.">
        <Manner currency={settings.data?.currency} recordsZone={settings.data?.time_zone} mayChange={may("run")} />
      </Section>
      <Section title="Keys" said="A key lets a person or a program in. Without any key, only this machine sees these pages.">
        {may("admin") ? <Keys /> : caller.data && <p className="text-muted">Only an administrator&apos;s key lists and creates keys; yours opens {caller.data.scopes.join(", ")}.</p>}
      </Section>
      <Section title="Tenants" said="Businesses on one server are apart: a key of one sees nothing of another.">
        {caller.data ? (
          <p>
            These pages show <span className="font-medium break-words">{caller.data.tenant}</span>
            {caller.data.name !== "this machine" && (
              <>
                {" "}
                to the key <span className="font-medium break-words">{caller.data.name}</span>
              </>
            )}
            .
          </p>
        ) : (
          <Skeleton rows={1} />
        )}
        {may("admin") && (
          <div className="mt-3">
            <Tenants />
          </div>
        )}
      </Section>
    </>
  );
}
