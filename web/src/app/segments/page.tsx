import { Suspense } from "react";

import { Skeleton } from "@/parts/states";
import { Segments } from "@/segments/Segments";

export default function Page() {
  return (
    <Suspense fallback={<Skeleton rows={12} height={26} />}>
      <Segments />
    </Suspense>
  );
}
