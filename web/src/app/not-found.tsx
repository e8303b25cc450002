import { ButtonLink } from "@/parts/controls";
import { Empty } from "@/parts/states";

export default function NotFound() {
  return (
    <>
      <h1 className="mb-6 text-title font-semibold">There is no such page</h1>
      <Empty sentence="The address may be mistyped, or from an older version.">
        <ButtonLink href="/">To Today</ButtonLink>
      </Empty>
    </>
  );
}
