import { Settings } from "@/settings/Settings";

export default function Page() {
  return <Settings />;
}
