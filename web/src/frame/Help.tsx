"use client";
import { BASE } from "@/api/client";
import { RAIL } from "@/pages-map";
import { Button, Key } from "@/parts/controls";
import { Dialog } from "@/parts/Dialog";

const KEYS: [string[], string][] = [
  [["/"], "Find a customer"],
  [["Ctrl", "K"], "Go to a page, a list or a customer"],
  [["?"], "This help"],
  [["j", "k"], "Next and previous row of a list; Enter opens it"],
  [["Esc"], "Close what is open"],
];

export default function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label="Help" onClose={onClose}>
      <div className="grid gap-5 p-5">
        <h2 className="text-title font-semibold">Help</h2>
        <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2">
          {KEYS.map(([keys, meaning]) => (
            <Row key={meaning} keys={keys} meaning={meaning} />
          ))}
          {RAIL.map((page) => (
            <Row key={page.name} keys={["g", page.key ?? ""]} meaning={`${page.label}: ${page.question}`} />
          ))}
        </dl>
        <p className="text-muted">
          Words with a dotted line say what they mean. For machines, the same answers: <a className="underline" href={`${BASE}/docs`}>the API</a>.
        </p>
        <div>
          <Button look="main" onClick={onClose}>
            Close
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function Row({ keys, meaning }: { keys: string[]; meaning: string }) {
  return (
    <>
      <dt className="flex gap-1">
        {keys.map((key) => (
          <Key key={key}>{key}</Key>
        ))}
      </dt>
      <dd>{meaning}</dd>
    </>
  );
}
