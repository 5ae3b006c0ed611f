const TEXT_MAX = 60;

// In this order: most browsers name others for the sake of old pages.
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bChrome\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** A user agent in two words, such as "Firefox on Windows"; another program by its first word; null when it says nothing. */
export function browserOf(userAgent: string | undefined): string | null {
  const text = userAgent?.trim() ?? "";
  const browser = text.startsWith("Mozilla/") ? nameIn(BROWSERS, text) : null;
  const system = nameIn(SYSTEMS, text);
  if (browser !== null) return system === null ? browser : `${browser} on ${system}`;
  // What a stranger sent is shown to people, so it is plain and short.
  const program = text.split(/[\s(]/)[0]!.replace(/[^\w./-]/g, "");
  return program === "" ? null : program.slice(0, TEXT_MAX);
}

function nameIn(table: readonly (readonly [RegExp, string])[], text: string): string | null {
  return table.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
