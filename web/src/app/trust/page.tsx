import { Suspense } from "react";

import { Skeleton } from "@/parts/states";
import { Trust } from "@/trust/Trust";

export default function Page() {
  return (
    <Suspense fallback={<Skeleton rows={12} height={26} />}>
      <Trust />
    </Suspense>
  );
}
