import { Suspense } from "react";

import { Skeleton } from "@/parts/states";
import { Cohorts } from "@/cohorts/Cohorts";

export default function Page() {
  return (
    <Suspense fallback={<Skeleton rows={12} height={26} />}>
      <Cohorts />
    </Suspense>
  );
}
