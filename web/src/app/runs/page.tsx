import { Suspense } from "react";

import { Skeleton } from "@/parts/states";
import { Runs } from "@/runs/Runs";

export default function Page() {
  return (
    <Suspense fallback={<Skeleton rows={12} height={26} />}>
      <Runs />
    </Suspense>
  );
}
