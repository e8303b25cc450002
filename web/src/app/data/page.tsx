import { NotBuilt } from "@/parts/NotBuilt";

export default function Page() {
  return <NotBuilt page="data" />;
}
