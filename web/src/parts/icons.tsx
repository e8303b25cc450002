// Line icons, 18 pixels, drawn here so that nothing is fetched.
const PATHS: Record<string, string> = {
  today: "M3 8h12M5 3v3M13 3v3M3 5h12v10H3zM6.5 11.5l1.8 1.8 3.4-3.6",
  customers: "M6.5 9a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6M1.8 15c.4-2.6 2.3-4 4.7-4s4.3 1.4 4.7 4M11.5 3.8a2.5 2.5 0 0 1 0 4.9M13 11.2c1.8.4 3 1.7 3.3 3.8",
  segments: "M9 2.5a6.5 6.5 0 1 0 6.5 6.5H9zM11.5 2.9a6.5 6.5 0 0 1 3.7 3.6h-3.7z",
  cohorts: "M3 3h3v3H3zM7.5 3h3v3h-3zM12 3h3v3h-3zM3 7.5h3v3H3zM7.5 7.5h3v3h-3zM3 12h3v3H3z",
  budget: "M2.5 5h13v8.5h-13zM2.5 8h13M5.5 11h3",
  trust: "M9 2l5.5 2v4.5c0 3.5-2.3 6-5.5 7.5-3.2-1.5-5.5-4-5.5-7.5V4zM6.5 9l1.8 1.8 3.4-3.6",
  data: "M3 4.5C3 3.4 5.7 2.5 9 2.5s6 .9 6 2-2.7 2-6 2-6-.9-6-2zM3 4.5v9c0 1.1 2.7 2 6 2s6-.9 6-2v-9M3 9c0 1.1 2.7 2 6 2s6-.9 6-2",
  runs: "M9 5v4l2.8 1.8M15.5 9A6.5 6.5 0 1 1 13 3.9M13 1.5v2.6h-2.6",
  settings: "M3 5h7M13 5h2M3 13h2M8 13h7M11.5 3.5v3M6.5 11.5v3",
  search: "M8 13A5 5 0 1 0 8 3a5 5 0 0 0 0 10M11.7 11.7L15 15",
  sun: "M9 12a3 3 0 1 0 0-6 3 3 0 0 0 0 6M9 1.5v1.7M9 14.8v1.7M1.5 9h1.7M14.8 9h1.7M3.7 3.7l1.2 1.2M13.1 13.1l1.2 1.2M3.7 14.3l1.2-1.2M13.1 4.9l1.2-1.2",
  moon: "M14.5 10.5A6 6 0 0 1 7.5 3.5a6 6 0 1 0 7 7z",
  help: "M9 15.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M7 7.2c.2-1 1-1.6 2-1.6 1.2 0 2 .7 2 1.7 0 1.5-2 1.5-2 3M9 12.6v.1",
  close: "M4 4l10 10M14 4L4 14",
  down: "M9 3v9M5.5 8.5L9 12l3.5-3.5M3 15h12",
  right: "M6.5 3.5L12 9l-5.5 5.5",
  left: "M11.5 3.5L6 9l5.5 5.5",
  plus: "M9 3.5v11M3.5 9h11",
  columns: "M3 3.5h12v11H3zM7 3.5v11M11 3.5v11",
  more: "M4 9h.01M9 9h.01M14 9h.01",
};

export function Icon({ name, size = 18 }: { name: keyof typeof PATHS & string; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 18 18" fill="none" stroke="currentColor" strokeWidth={1.5} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
