// A line of up to twelve past values: no axis, the last one marked; the words say the same.
export function Sparkline({ values, label, width = 96, height = 28 }: { values: number[]; label: string; width?: number; height?: number }) {
  const shown = values.slice(-12);
  if (shown.length < 2) return null;
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  const range = most - least || 1;
  const points = shown.map((value, at): [number, number] => [
    2 + (at * (width - 6)) / (shown.length - 1),
    height - 4 - ((value - least) / range) * (height - 8),
  ]);
  const [x, y] = points[points.length - 1]!;
  return (
    <svg width={width} height={height} role="img" aria-label={label} className="text-line-strong">
      <polyline points={points.map((point) => point.join(",")).join(" ")} fill="none" stroke="currentColor" strokeWidth={1.5} />
      <circle cx={x} cy={y} r={2.5} className="fill-accent" />
    </svg>
  );
}
