import { Suspense } from "react";

import { Skeleton } from "@/parts/states";
import { Records } from "@/records/Records";

export default function Page() {
  return (
    <Suspense fallback={<Skeleton rows={12} height={26} />}>
      <Records />
    </Suspense>
  );
}
