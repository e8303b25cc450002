"use client";
// One customer: how likely to leave, why, worth how much, what to do, what was said before.
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import type { ReactNode } from "react";

import { useAnswer } from "@/api/answers";
import type { Answer } from "@/api/client";
import { useRun } from "@/frame/run";
import { ButtonLink, RiskBadge } from "@/parts/controls";
import { customersLink } from "@/parts/customers-link";
import { PageTitle } from "@/parts/PageTitle";
import { RangeBar } from "@/parts/RangeBar";
import { Empty, Problem, Skeleton } from "@/parts/states";
import { Term } from "@/parts/Term";
import { cost, count, day, exactMoney, fullDay, money, percent } from "@/words/format";

import { History } from "./History";
import { Neighbours } from "./Neighbours";
import { Privacy } from "./Privacy";
import { Timeline } from "./Timeline";
import { WhatIf } from "./WhatIf";

type One = Answer<"/api/v1/customers/{customer_id}">;

export function Customer() {
  const id = useSearchParams().get("id") ?? "";
  const one = useAnswer("/api/v1/customers/{customer_id}", { names: { customer_id: id }, enabled: id !== "" });
  const run = useRun();
  const kpis = useAnswer("/api/v1/kpis");
  const period = kpis.data?.find((kpi) => kpi.name === "expected_leavers")?.period ?? "within the horizon";
  if (id === "") {
    return (
      <>
        <PageTitle page="customer">No customer is chosen</PageTitle>
        <Empty sentence="Choose one from the list, or type the beginning of an id into the search at the top.">
          <ButtonLink href="/customers/">See all customers</ButtonLink>
        </Empty>
      </>
    );
  }
  if (one.error) {
    return (
      <>
        <PageTitle page="customer">
          <bdi className="break-all">{id}</bdi>
        </PageTitle>
        <Problem error={one.error} onRetry={() => one.refetch()} />
      </>
    );
  }
  if (!one.data) return <Skeleton rows={10} height={28} />;
  return <Drawn one={one.data} purchase={run.data?.purchase ?? "purchase"} currency={run.data?.currency ?? ""} cutoff={run.data?.cutoff ?? null} period={period} />;
}

interface Shown {
  one: One;
  purchase: string; // what one is called
  currency: string;
  cutoff: string | null;
  period: string;
}

function Drawn(shown: Shown) {
  const { one, period } = shown;
  return (
    <>
      <PageTitle page="customer">
        <bdi className="break-all">{one.customer_id || "(no id)"}</bdi>
        {one.churn_probability == null ? `: ${one.lifecycle ?? "not predicted"}, so there is no forecast` : one.standing === "notice given" && one.ends_at ? `: gave notice, ends on ${fullDay(one.ends_at)}` : `: ${percent(one.churn_probability)} likely to leave ${period}`}
      </PageTitle>
      <p className="-mt-3 mb-6 flex flex-wrap gap-x-5 gap-y-1 text-muted">
        {one.risk_band && <RiskBadge band={one.risk_band} share={one.churn_probability} isPhrase />}
        {one.lifecycle && one.lifecycle !== one.risk_band && <Term word={one.lifecycle}>{one.lifecycle}</Term>}
        {one.segment && (
          <span>
            segment{" "}
            <Link className="text-text underline decoration-line-strong underline-offset-4 hover:text-accent" href={customersLink({ segment: [one.segment] })}>
              {one.segment}
            </Link>
          </span>
        )}
        {one.tenure_days != null && <span className="figures">a customer for {count(one.tenure_days)} days</span>}
        {one.standing && one.standing !== "running" && one.standing !== one.lifecycle && <span>{one.standing}</span>}
      </p>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,1fr)_380px] lg:grid-rows-[auto_1fr]">
        <div className="grid content-start gap-8 empty:hidden">
          {one.churn_probability != null && (
            <>
              <Why {...shown} />
              <Do {...shown} />
              <WhatIf key={one.customer_id} id={one.customer_id} />
            </>
          )}
        </div>
        <div className="grid content-start gap-8 lg:col-start-2 lg:row-span-2 lg:row-start-1">
          <Worth {...shown} />
          <Subscribes {...shown} />
          <History id={one.customer_id} currency={shown.currency} />
          <Neighbours id={one.customer_id} />
          <Privacy id={one.customer_id} />
        </div>
        <Timeline id={one.customer_id} currency={shown.currency} />
      </div>
    </>
  );
}

export function Part({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <section className="min-w-0">
      <h2 className="mb-3 text-sm font-medium text-muted">{title}</h2>
      {children}
    </section>
  );
}

function Why({ one }: Shown) {
  const reasons = [one.reason_1, one.reason_2, one.reason_3].filter((reason): reason is string => Boolean(reason));
  return (
    <Part title={<Term meaning="What moves the forecast most for this customer: a fact, and what is usual. It goes with leaving; whether it is the cause is not known.">Why</Term>}>
      {reasons.length ? (
        <ol className="grid gap-2">
          {reasons.map((reason, at) => (
            <li key={reason} className="flex gap-3">
              <span className="figures w-4 shrink-0 text-muted">{at + 1}</span>
              <span className="min-w-0 break-words">{reason}</span>
            </li>
          ))}
        </ol>
      ) : (
        <p className="text-muted">Nothing makes this customer more likely to leave than usual.</p>
      )}
      {one.worth_fixing && (
        <p className="mt-3 break-words rounded-md bg-panel px-3 py-2">
          <span className="font-medium">Worth fixing:</span> {one.worth_fixing}
        </p>
      )}
    </Part>
  );
}

function Do({ one, currency, cutoff }: Shown) {
  const offers = useAnswer("/api/v1/today");
  return (
    <Part title="What to do">
      <div className="rounded-lg border border-line p-4">
        <p className="break-words font-semibold first-letter:uppercase">
          {one.next_best_action}
          {one.action_by ? `, by ${day(one.action_by, cutoff)}` : ""}
        </p>
        <p className="mt-1 break-words text-muted">{one.action_why}</p>
        <dl className="mt-3 flex flex-wrap gap-x-8 gap-y-2 text-sm">
          <Fact label="Owner">{one.action_owner}</Fact>
          {one.offer_cost != null && <Fact label="Costs">{cost(one.offer_cost, currency)}</Fact>}
          {one.offer_gain != null && offers.data?.placeholders === false && (
            <Fact label={<Term meaning="After its cost, by the share of leavers that the settings assume the offer keeps: an assumption until an experiment measures it.">Gain, assumed</Term>}>{money(one.offer_gain, currency)}</Fact>
          )}
          {one.outside_plan && (
            <Fact label="Outside the plan">
              {one.outside_plan === "notice_given" ? (
                <Link className="hover:text-accent hover:underline" href={customersLink({ lifecycle: ["notice given"] })}>
                  notice given: all ends booked ahead
                </Link>
              ) : (
                one.outside_plan.replaceAll("_", " ")
              )}
            </Fact>
          )}
        </dl>
      </div>
    </Part>
  );
}

function Fact({ label, children }: { label: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted">{label}</dt>
      <dd className="figures break-words">{children}</dd>
    </div>
  );
}

/** What a subscriber has, pays and when it goes on; nothing where the business does not subscribe. */
function Subscribes({ one, currency, cutoff }: Shown) {
  const { contract } = one;
  if (!contract) return null;
  const { plan, monthly_amount, term, renews_on } = contract;
  if (!plan && monthly_amount == null && !term) return null;
  return (
    <Part title="Subscription">
      <dl className="grid grid-cols-2 gap-3 text-sm">
        {plan && <Fact label="Plan">{plan}</Fact>}
        {monthly_amount != null && <Fact label="Pays a month">{exactMoney(monthly_amount, currency)}</Fact>}
        {term && <Fact label="Term">{term}</Fact>}
        {renews_on && <Fact label="Renews">{`about ${day(renews_on, cutoff)}`}</Fact>}
        {one.ends_at && <Fact label="Ends">{fullDay(one.ends_at)}</Fact>}
      </dl>
    </Part>
  );
}

function Worth({ one, purchase, currency, cutoff }: Shown) {
  const most = Math.max(one.value_high ?? 0, one.value_if_stays ?? 0, one.expected_value ?? 0);
  const interval = one.value_low != null && one.value_high != null && money(one.value_low, currency) !== money(one.value_high, currency) ? `${money(one.value_low, currency)} to ${money(one.value_high, currency)}` : null;
  return (
    <Part title={<Term word="expected value">Worth</Term>}>
      <p className="figures text-figure leading-9 font-semibold tracking-tight">{money(one.expected_value, currency)}</p>
      {one.expected_value != null && interval && (
        <div className="mt-1 grid gap-1">
          <RangeBar value={one.expected_value} low={one.value_low} high={one.value_high} most={most} width={280} label={`Between ${interval} in four of five cases`} />
          <p className="text-sm text-muted">{interval} in four of five cases</p>
        </div>
      )}
      {one.caution && <p className="mt-3 rounded-md bg-panel px-3 py-2 text-sm break-words">{one.caution}</p>}
      <dl className="mt-4 grid grid-cols-2 gap-3 text-sm">
        <Fact label="If they stay">{money(one.value_if_stays, currency)}</Fact>
        <Fact label="If they leave">{money(one.value_if_leaves, currency)}</Fact>
        <Fact label={<Term word="revenue at risk">At risk</Term>}>{money(one.revenue_at_risk, currency)}</Fact>
        {one.expected_next_date && <Fact label={`Next ${purchase}`}>{`by ${day(one.expected_next_date, cutoff)}, as likely as not`}</Fact>}
      </dl>
    </Part>
  );
}

