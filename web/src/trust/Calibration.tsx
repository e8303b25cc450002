// Groups of customers: the share that was expected to leave against the share that left; the table says the same.
import type { Answer } from "@/api/client";
import { useIsNarrow } from "@/parts/narrow";
import { count, percent } from "@/words/format";

export function Calibration({ points }: { points: Answer<"/api/v1/trust">["calibration"] }) {
  const size = 240;
  const isNarrow = useIsNarrow();
  const most = Math.max(0.01, ...points.flatMap((point) => [point.predicted, point.observed]));
  const at = (share: number) => 40 + (share / most) * (size - 52);
  return (
    <div className="flex flex-wrap items-start gap-x-12 gap-y-4">
      <svg viewBox={`0 0 ${size} ${size}`} width={size} height={size} role="img" aria-label="Expected share against observed share" className="max-w-full">
        <line x1={at(0)} y1={size - at(0)} x2={at(most)} y2={size - at(most)} className="stroke-line-strong" strokeDasharray="4 4" />
        <line x1={at(0)} y1={size - at(0)} x2={at(most)} y2={size - at(0)} className="stroke-line" />
        <line x1={at(0)} y1={size - at(0)} x2={at(0)} y2={size - at(most)} className="stroke-line" />
        {points.map((point) => (
          <circle key={point.predicted} cx={at(point.predicted)} cy={size - at(point.observed)} r={4} className="fill-accent" />
        ))}
        <text x={at(most)} y={size - 22} textAnchor="end" className="fill-muted text-[11px]">
          expected, up to {percent(most)}
        </text>
        <text x={34} y={size - at(most) + 4} textAnchor="end" className="fill-muted text-[11px]">
          left
        </text>
      </svg>
      <details open={!isNarrow}>
      <summary>The same as a table</summary>
      <table className="mt-2 text-sm">
        <caption className="sr-only">Expected and observed shares by group</caption>
        <thead>
          <tr className="border-b border-line text-right text-muted [&>th]:px-3 [&>th]:py-1 [&>th]:font-medium">
            <th scope="col">Expected</th>
            <th scope="col">Left</th>
            <th scope="col">Customers</th>
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.predicted} className="figures border-b border-line text-right [&>td]:px-3 [&>td]:py-1">
              <td>{percent(point.predicted)}</td>
              <td>{percent(point.observed)}</td>
              <td>{count(point.rows)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      </details>
    </div>
  );
}
