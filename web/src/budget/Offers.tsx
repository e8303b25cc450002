"use client";
// The offers of a plan with what they cost and are assumed to keep, each editable for the preview.
import { useState } from "react";

import { Button } from "@/parts/controls";

import type { Preview, Wanted } from "./Budget";

type Offer = NonNullable<Wanted["offers"]>[number];
const FIELD = "figures h-8 w-24 rounded-md border border-line-strong bg-raised px-2 text-right";

export function Offers({ plan, onChange }: { plan: Preview; onChange: (offers: Offer[] | null) => void }) {
  const own: Offer[] = plan.offers.map(({ name, cost, saves, capacity }) => ({ name, cost, saves, capacity }));
  const [offers, setOffers] = useState(own);
  const set = (at: number, changed: Partial<Offer>) => setOffers(offers.map((offer, number) => (number === at ? { ...offer, ...changed } : offer)));
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(offers);
      }}
    >
      {offers.map((offer, at) => (
        <fieldset key={offer.name} className="flex flex-wrap items-center gap-x-6 gap-y-2 border-b border-line pb-3">
          <legend className="float-left w-56 max-w-full break-words font-medium">{offer.name}</legend>
          <label className="flex items-center gap-2 text-sm">
            Costs, {plan.currency}
            <input type="number" min={0} step="any" className={FIELD} value={offer.cost} onChange={(event) => set(at, { cost: Math.max(0, Number(event.target.value)) })} />
          </label>
          <label className="flex items-center gap-2 text-sm">
            Keeps, of 100 leavers
            <input type="number" min={0} max={100} step="any" className={FIELD} value={Math.round(offer.saves * 10_000) / 100} onChange={(event) => set(at, { saves: Math.min(100, Math.max(0, Number(event.target.value))) / 100 })} />
          </label>
          <label className="flex items-center gap-2 text-sm">
            At most, customers
            <input type="number" min={0} step={1} className={FIELD} value={offer.capacity ?? ""} placeholder="no limit" onChange={(event) => set(at, { capacity: event.target.value === "" ? null : Math.max(0, Math.round(Number(event.target.value))) })} />
          </label>
        </fieldset>
      ))}
      <p className="flex gap-2">
        <Button type="submit" look="main">
          Try these
        </Button>
        <Button
          onClick={() => {
            setOffers(own);
            onChange(null);
          }}
        >
          As in the run
        </Button>
      </p>
    </form>
  );
}
