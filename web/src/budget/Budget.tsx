"use client";
// How far down the list: money on a slider; whom it reaches, what it costs, what it may save, who would have stayed.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";

import { type ApiProblem, IS_COPY, send } from "@/api/client";
import type { components } from "@/api/schema";
import { Button } from "@/parts/controls";
import { FileButton } from "@/parts/FileButton";
import { useRun } from "@/frame/run";
import { PageTitle } from "@/parts/PageTitle";
import { Rows, Section } from "@/parts/Section";
import { Loaded, Skeleton } from "@/parts/states";
import { about, cost, count, money, ofHundred, percent } from "@/words/format";

import { Histogram } from "./Histogram";
import { Offers } from "./Offers";
import { Reached, type Shown, ToReached } from "./Reached";

const CONTACTED = "Customers contacted";
export type Preview = components["schemas"]["Preview"];
export type Wanted = components["schemas"]["PreviewRequest"];
const PATH = "/api/v1/plan/preview";

function usePreview(wanted: Wanted) {
  return useQuery<Preview, ApiProblem>({
    queryKey: [PATH, wanted],
    queryFn: () => send<Preview>("POST", PATH, wanted),
    placeholderData: keepPreviousData,
  });
}

const NO_SIGNAL = "The records do not show who will leave, so nobody can be singled out for an offer.";

export function Budget() {
  const [wanted, setWanted] = useState<Wanted>({ budget: null, offers: null, capacities: {} });
  const all = usePreview({ ...wanted, budget: null }); // what everything that pays would cost: the end of the slider
  const preview = usePreview(wanted);
  const [shown, setShown] = useState<Shown | null>(null);
  const isBlind = useRun().data?.summary.signal === false;
  return (
    <Loaded answer={preview} page="budget" skeleton={<Skeleton rows={12} height={24} />}>
      {(plan) => (
        <>
          <PageTitle
            page="budget"
            {...(isBlind ? { said: NO_SIGNAL } : {})}
            actions={
              plan.contacted > 0 && <FileButton path={`${PATH}/export`} values={{ format: "xlsx" }} body={wanted} name="plan" look="main">
                Download this list
              </FileButton>
            }
          >
            {plan.contacted
              ? `${cost(plan.cost, plan.currency)} reach ${count(plan.contacted)} customers, of whom about ${about(plan.expected_leavers)} would leave`
              : "With this money and these offers nobody is contacted"}
          </PageTitle>
          <div className="grid gap-4 rounded-lg border border-line p-4">
            <Histogram bins={plan.histogram} />
            <Slider plan={plan} most={all.data?.cost ?? plan.cost} wanted={wanted} onChange={setWanted} />
          </div>
          <Figures plan={plan} onShow={() => setShown({ offer: null })} />
          <p className="mt-3 max-w-prose text-muted">
            {plan.placeholders
              ? "The offers are placeholders, so no gain is promised: the plan says what each must keep to pay. "
              : "The share of leavers that an offer keeps is an assumption, the same for all customers, until an experiment has measured it. "}
            <Link href="/settings/" className="text-text underline decoration-line-strong underline-offset-4 hover:text-accent">
              {plan.placeholders ? "Say what yours cost" : "The offers"}
            </Link>
          </p>
          {plan.by_offer.length > 0 && (
            <Section title="By offer">
              <Rows
                caption="What each offer comes to"
                rows={plan.by_offer}
                keyOf={(offer) => offer.offer}
                columns={[
                  { head: "Offer", wide: true, cell: (offer) => offer.offer },
                  { head: "Customers", isNumber: true, isMain: true, cell: (offer) => <ToReached customers={offer.contacted} onShow={() => setShown({ offer: offer.offer })} /> },
                  { head: "At most", isNumber: true, cell: (offer) => capacityOf(plan, offer.offer) },
                  { head: "Cost", isNumber: true, isMain: true, cell: (offer) => cost(offer.cost, plan.currency) },
                  { head: "Expected saved", isNumber: true, cell: (offer) => (offer.expected_saved === null ? (plan.placeholders ? "" : "not promised") : money(offer.expected_saved, plan.currency)) },
                  { head: "Must keep, of leavers", isNumber: true, isMain: true, cell: (offer) => (offer.keeps_to_pay === null ? "not known" : ofHundred(offer.keeps_to_pay)) },
                ]}
              />
            </Section>
          )}
          {!IS_COPY && plan.contacted > 0 && <Reached plan={plan} wanted={wanted} shown={shown} onShow={setShown} />}
          {!IS_COPY && <Section title="Other offers" said="Try what another cost, effect or capacity would do. Nothing is stored; what the plan counts with is set on the page Settings.">
            <Offers key={JSON.stringify(plan.offers)} plan={plan} onChange={(offers) => setWanted({ ...wanted, offers })} />
          </Section>}
        </>
      )}
    </Loaded>
  );
}

function Slider({ plan, most, wanted, onChange }: { plan: Preview; most: number; wanted: Wanted; onChange: (wanted: Wanted) => void }) {
  const top = Math.max(1, Math.ceil(most));
  const value = Math.min(wanted.budget ?? top, top);
  return (
    <div className="grid gap-2">
      <label className="flex flex-wrap items-center justify-between gap-3">
        <span className="font-medium">Budget: {wanted.budget == null ? "everything that pays" : cost(wanted.budget, plan.currency)}</span>
        {!IS_COPY && <input
          type="number"
          min={0}
          step="any"
          aria-label={`Budget in ${plan.currency}`}
          className="figures h-8 w-32 rounded-md border border-line-strong bg-raised px-2 text-right"
          value={wanted.budget ?? ""}
          placeholder={count(Math.ceil(most))}
          onChange={(event) => onChange({ ...wanted, budget: event.target.value === "" ? null : Math.max(0, Number(event.target.value)) })}
        />}
      </label>
      <input
        type="range"
        min={0}
        max={top}
        step={Math.max(1, Math.round(top / 200))}
        value={value}
        aria-label="Budget"
        className="w-full accent-accent"
        onChange={(event) => onChange({ ...wanted, budget: Number(event.target.value) >= top ? null : Number(event.target.value) })}
      />
      {wanted.budget != null && (
        <p>
          <Button look="bare" onClick={() => onChange({ ...wanted, budget: null })}>
            Everything that pays
          </Button>
        </p>
      )}
    </div>
  );
}

const capacityOf = (plan: Preview, name: string) => {
  const capacity = plan.offers.find((offer) => offer.name === name)?.capacity;
  return capacity == null ? "no limit" : count(capacity);
};

function Figures({ plan, onShow }: { plan: Preview; onShow: () => void }) {
  const saved = plan.expected_saved === null ? (plan.pays_if ?? (plan.contacted ? "nothing is at risk among them" : "nobody is contacted")) : money(plan.expected_saved, plan.currency);
  const interval = plan.saved_low === null || plan.saved_high === null ? "" : `${money(plan.saved_low, plan.currency)} to ${money(plan.saved_high, plan.currency)} in four of five cases`;
  const figures: [string, string, string][] = [
    [CONTACTED, count(plan.contacted), ""],
    ["Cost", cost(plan.cost, plan.currency), ""],
    [plan.expected_saved === null ? "When it pays" : "Expected to save", saved, interval],
    ["Would have stayed anyway", about(plan.would_have_stayed_anyway), plan.contacted ? `${percent(plan.would_have_stayed_anyway / plan.contacted)} of those contacted` : ""],
  ];
  return (
    <dl className="mt-6 grid grid-cols-2 gap-6 border-y border-line py-4 lg:grid-cols-4">
      {figures.map(([label, value, note]) => (
        <div key={label} className="min-w-0">
          <dt className="text-sm text-muted">{label}</dt>
          <dd className={value.length > 18 ? "mt-2 font-medium" : "figures mt-1 text-title leading-9 font-semibold tracking-tight sm:text-figure"}>{label === CONTACTED && plan.contacted > 0 ? <ToReached customers={plan.contacted} onShow={onShow} /> : value}</dd>
          {note && <dd className="text-xs text-muted">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
