"use client";
// One segment against all other customers.
import { useAnswer } from "@/api/answers";
import type { Answer } from "@/api/client";
import { CountOf } from "@/parts/CountOf";
import { Section } from "@/parts/Section";
import { Loaded, Skeleton } from "@/parts/states";
import { count, money, percent } from "@/words/format";

type Shown = Answer<"/api/v1/segments/{segment}">;

export function Profile({ segment }: { segment: string }) {
  const profile = useAnswer("/api/v1/segments/{segment}", { names: { segment } });
  return (
    <Section title={segment}>
      <Loaded answer={profile} skeleton={<Skeleton rows={6} />}>
        {(one) => (
          <div className="grid gap-6 rounded-lg border border-line p-4 lg:grid-cols-2">
            <div className="grid content-start gap-3">
              <p>{one.meaning}</p>
              <p>
                <span className="font-medium">{one.strategy}</span> {one.action}
              </p>
              <p className="text-muted">
                <CountOf name={`profile ${segment}`} value={one.customers} query={one.query}>
                  {count(one.customers)} customers
                </CountOf>
                , {percent(one.share_of_customers)} of all, with {percent(one.share_of_revenue)} of the money; {money(one.revenue_at_risk, one.currency)} at risk.
              </p>
            </div>
            <Figures one={one} />
            <Groups one={one} />
          </div>
        )}
      </Loaded>
    </Section>
  );
}

function Figures({ one }: { one: Shown }) {
  const write = (unit: string, value: number | null) => (unit === "share" ? percent(value) : unit === "currency" ? money(value, one.currency) : value === null ? "not known" : `${count(value)} ${unit}`);
  return (
    <dl className="grid content-start gap-3">
      {one.figures.map((figure) => {
        const most = Math.max(figure.value ?? 0, figure.rest ?? 0) || 1;
        return (
          <div key={figure.key}>
            <dt className="text-sm text-muted">{figure.label}</dt>
            {[
              ["this segment", figure.value, "bg-accent"],
              ["all others", figure.rest, "bg-line-strong"],
            ].map(([who, value, colour]) => (
              <dd key={who as string} className="mt-1 grid grid-cols-[92px_1fr_auto] items-center gap-2 text-sm">
                <span className="text-muted">{who}</span>
                <span aria-hidden="true" className="h-2 rounded-sm bg-panel">
                  <span className={`block h-2 rounded-sm ${colour}`} style={{ width: `${(100 * Math.max(0, (value as number | null) ?? 0)) / most}%` }} />
                </span>
                <span className="figures">{write(figure.unit, value as number | null)}</span>
              </dd>
            ))}
          </div>
        );
      })}
    </dl>
  );
}

const GROUPS: Record<string, string> = { risk_band: "Risk", lifecycle: "State", value_tier: "Value", offer: "Offer" };

function Groups({ one }: { one: Shown }) {
  return (
    <div className="grid gap-4 sm:grid-cols-2 lg:col-span-2 lg:grid-cols-4">
      {Object.entries(one.groups).map(([name, values]) => (
        <div key={name}>
          <h3 className="text-sm text-muted">{GROUPS[name] ?? name}</h3>
          <ul className="mt-1 grid gap-1 text-sm">
            {values.map((value) => (
              <li key={String(value.value)} className="flex justify-between gap-3">
                <span className="min-w-0 break-words">{value.value ?? "none"}</span>
                <CountOf name={`${one.segment} ${name} ${value.value}`} value={value.customers} query={value.query} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}
