import { Wizard } from "@/setup/Wizard";

export default function Page() {
  return <Wizard />;
}
