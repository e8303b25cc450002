import { Suspense } from "react";

import { Customer } from "@/customer/Customer";
import { Skeleton } from "@/parts/states";

export default function Page() {
  return (
    <Suspense fallback={<Skeleton rows={10} height={28} />}>
      <Customer />
    </Suspense>
  );
}
