"use client";
// The businesses of the server: the last run of each, its keys, and what whoever runs the server types next.
import { useAnswer } from "@/api/answers";
import type { Answer } from "@/api/client";
import { Rows } from "@/parts/Section";
import { Loaded } from "@/parts/states";
import { count, moment, runMoment } from "@/words/format";

type Tenant = Answer<"/api/v1/tenants">[number];

export function Tenants() {
  const tenants = useAnswer("/api/v1/tenants");
  return (
    <Loaded answer={tenants}>
      {(list) => (
        <div className="grid gap-3">
          <Rows
            caption="Tenants"
            rows={list}
            keyOf={(one) => one.name}
            columns={[
              { head: "Tenant", wide: true, cell: (one) => <Name tenant={one} /> },
              { head: "Last run", isName: true, isMain: true, cell: (one) => lastRun(one) },
              { head: "Valid keys", isNumber: true, isMain: true, cell: (one) => count(one.valid_keys) },
              { head: "To type next", isMain: true, cell: (one) => one.next && <code className="text-sm break-words">{one.next}</code> },
            ]}
          />
          <p className="text-sm text-muted">
            Whoever runs the server adds one with <code>holdfast tenants DIR --new NAME</code>, and lets people in with <code>holdfast keys DIR --new NOTE --tenant NAME</code>; DIR is the folder that is served.
          </p>
        </div>
      )}
    </Loaded>
  );
}

function Name({ tenant }: { tenant: Tenant }) {
  return (
    <>
      <span className="break-words">{tenant.name}</span>
      {tenant.is_own && <span className="text-sm font-normal text-muted">, shown on these pages</span>}
    </>
  );
}

function lastRun({ run }: Tenant): string {
  if (!run) return "none yet";
  const began = runMoment(run);
  return began ? moment(began) : run;
}
