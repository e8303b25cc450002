import { Budget } from "@/budget/Budget";

export default function Page() {
  return <Budget />;
}
