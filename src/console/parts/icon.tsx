// Marks of the console: strokes on a 24 px grid, drawn in the colour of the text beside them. They never stand alone.

const PATHS = {
  overview: "M4 13h6V4H4zm10 7h6V4h-6zM4 20h6v-3H4z",
  energy: "M13 3 5 14h6l-1 7 8-11h-6z",
  leasing: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5zM12 15v2",
  audit: "M6 3h9l4 4v14H6zM14 3v5h5M9 13l2 2 4-4",
  devices: "M5 5h14v10H5zM9 20h6M12 15v5",
  tangle: "M5 6l6 6M5 18l6-6M12 12l6-6M12 12l6 6M4 6h.01M4 18h.01M12 12h.01M19 6h.01M19 18h.01",
  wallet: "M4 7h16v12H4zM4 7l11-4v4M16 13h.01",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M14 5v4M8 15v4",
  bell: "M6 16V11a6 6 0 1 1 12 0v5l2 2H4zM10 21h4",
  close: "M6 6l12 12M18 6L6 18",
  good: "M5 12.5l4.5 4.5L19 7.5",
  wait: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  bad: "M12 4 2.5 20h19zM12 10v5M12 17.5v.5",
  none: "M6 12h12",
  copy: "M9 9h10v11H9zM5 15V4h10",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c1-4 4-6 8-6s7 2 8 6",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  right: "M9 6l6 6-6 6",
  filter: "M4 5h16l-6 8v6l-4-2v-4z",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20",
  plus: "M12 5v14M5 12h14",
  pause: "M9 5v14M15 5v14",
  play: "M7 5l12 7-12 7z",
} as const;

export type IconName = keyof typeof PATHS;

/** `size` in CSS pixels. */
export function Icon({name, size = 20}: {name: IconName; size?: number}) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width={name === "tangle" || name === "more" ? 2.4 : 1.8}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
