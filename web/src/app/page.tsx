import { Today } from "@/today/Today";

export default function Page() {
  return <Today />;
}
