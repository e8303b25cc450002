"use client";
// The offers of holdfast.yaml, each editable; saved all at once, with a way back.
import { useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { type ReactNode, useState } from "react";

import { answerKey } from "@/api/answers";
import { type Answer, ApiProblem, send } from "@/api/client";
import { Button, ButtonLink } from "@/parts/controls";
import { say } from "@/parts/toasts";

import { fromText, type Offer, problemOf, toShare } from "./offer-values";

type Settings = Answer<"/api/v1/settings">;
const PATH = "/api/v1/settings";
const FIELD = "h-8 w-full rounded-md border border-line-strong bg-page px-2 disabled:opacity-60";
const NEW: Offer = { name: "", cost: 0, saves: 0.1, capacity: null, owner: "customer care", within_days: 7 };

export function Offers({ settings, mayChange }: { settings: Settings; mayChange: boolean }) {
  const client = useQueryClient();
  const [offers, setOffers] = useState<Offer[]>(settings.offers);
  const [isBusy, setBusy] = useState(false);
  const set = (at: number, changed: Partial<Offer>) => setOffers(offers.map((offer, number) => (number === at ? { ...offer, ...changed } : offer)));
  const isChanged = JSON.stringify(offers) !== JSON.stringify(settings.offers);
  const problem = problemOf(offers);
  const save = async (wanted: Offer[], before: Offer[] | null) => {
    setBusy(true);
    try {
      client.setQueryData(answerKey(PATH), await send<Settings>("PUT", PATH, { offers: wanted }));
      say({ text: before ? "The offers are saved. The next run plans with them." : "The offers are as before.", ...(before ? { undo: () => void save(before, null) } : {}) });
    } catch (error) {
      say({ text: error instanceof ApiProblem ? `${error.problem} ${error.fix}` : "The offers could not be saved." });
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void save(offers, settings.offers);
      }}
    >
      <fieldset disabled={!mayChange || isBusy} className="grid gap-3">
        <legend className="sr-only">Offers</legend>
        {offers.map((offer, at) => (
          <fieldset key={at} className="grid grid-cols-2 items-end gap-3 border-b border-line pb-4 sm:grid-cols-3 lg:grid-cols-[2fr_1fr_1fr_1fr_1.5fr_1fr_auto]">
            <legend className="sr-only">{offer.name || "New offer"}</legend>
            <Field label="Name" wide>
              <input required maxLength={200} className={FIELD} value={offer.name} onChange={(event) => set(at, { name: event.target.value })} />
            </Field>
            <Field label={`Costs, ${settings.currency}`}>
              <input type="number" required min={0} step="any" className={`${FIELD} figures text-right`} value={offer.cost} onChange={(event) => set(at, { cost: fromText(event.target.value) })} />
            </Field>
            <Field label="Keeps, of 100 leavers">
              <input type="number" required min={0} max={100} step="any" className={`${FIELD} figures text-right`} value={Math.round(offer.saves * 10_000) / 100} onChange={(event) => set(at, { saves: toShare(event.target.value) })} />
            </Field>
            <Field label="At most, customers">
              <input type="number" min={0} step={1} placeholder="no limit" className={`${FIELD} figures text-right`} value={offer.capacity ?? ""} onChange={(event) => set(at, { capacity: event.target.value === "" ? null : Math.round(fromText(event.target.value)) })} />
            </Field>
            <Field label="Who makes it">
              <input required maxLength={200} className={FIELD} value={offer.owner} onChange={(event) => set(at, { owner: event.target.value })} />
            </Field>
            <Field label="Within days">
              <input type="number" required min={0} max={365} step={1} className={`${FIELD} figures text-right`} value={offer.within_days} onChange={(event) => set(at, { within_days: Math.round(fromText(event.target.value)) })} />
            </Field>
            <Button look="bare" aria-label={`Remove ${offer.name || "the new offer"}`} onClick={() => setOffers(offers.filter((_, number) => number !== at))}>
              Remove
            </Button>
          </fieldset>
        ))}
      </fieldset>
      {problem && (
        <p role="alert" className="text-lost">
          {problem}
        </p>
      )}
      {mayChange ? (
        <p className="flex flex-wrap gap-2">
          <Button type="submit" look="main" disabled={!isChanged || isBusy || problem !== null}>
            Save the offers
          </Button>
          <Button onClick={() => setOffers([...offers, NEW])} disabled={isBusy || offers.length >= 20}>
            Add an offer
          </Button>
          {isChanged ? <Button onClick={() => setOffers(settings.offers)}>As they were</Button> : <ButtonLink href="/setup/">Run with these offers</ButtonLink>}
        </p>
      ) : (
        <p className="text-muted">Changing offers needs a key that may start runs.</p>
      )}
      <p className="text-sm text-muted">
        They stand in holdfast.yaml, whose other lines stay as they are. What other figures would do, without saving them, shows{" "}
        <Link href="/budget/" className="underline underline-offset-4 hover:text-accent">
          Budget
        </Link>
        .
      </p>
    </form>
  );
}

function Field({ label, wide = false, children }: { label: string; wide?: boolean; children: ReactNode }) {
  return (
    <label className={`grid min-w-0 gap-1 text-sm ${wide ? "col-span-2 sm:col-span-1" : ""}`}>
      <span className="text-muted">{label}</span>
      {children}
    </label>
  );
}
