// A forecast as a dot on a bar: how far it may be off is drawn, not footnoted.
export function RangeBar({ value, low, high, most, label, width = 120 }: { value: number; low?: number | null; high?: number | null; most: number; label: string; width?: number }) {
  const at = (one: number) => 4 + (Math.max(0, Math.min(one, most)) / (most || 1)) * (width - 8);
  return (
    <svg width={width} height={14} viewBox={`0 0 ${width} 14`} role="img" aria-label={label} className="max-w-full">
      <rect x={0} y={6} width={width} height={2} rx={1} className="fill-line" />
      {low != null && high != null && <rect x={at(low)} y={5} width={Math.max(2, at(high) - at(low))} height={4} rx={2} className="fill-line-strong" />}
      <circle cx={at(value)} cy={7} r={4} className="fill-risk-high stroke-page" strokeWidth={1.5} />
    </svg>
  );
}
