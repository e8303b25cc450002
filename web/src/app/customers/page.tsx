import { Suspense } from "react";

import { Customers } from "@/customers/Customers";
import { Skeleton } from "@/parts/states";

export default function Page() {
  return (
    <Suspense fallback={<Skeleton rows={14} height={26} />}>
      <Customers />
    </Suspense>
  );
}
