// The fonts that every PDF reader has know the characters of Windows-1252 and no others. Anything else is written as its number, so
// that nothing is lost and nothing looks like another character. Pure.

// Windows-1252, 0x80 to 0x9f.
const SPECIALS = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";
const CODES: ReadonlyMap<string, number> = new Map(
  [...SPECIALS].flatMap((character, i) => (character > "\u009f" ? [[character, 0x80 + i] as const] : [])),
);
const SPECIAL = /[\u0100-\uffff]/;
const SPECIAL_EACH = new RegExp(SPECIAL, "g");

/** Every character that the fonts have. */
export const WIN_ANSI: readonly string[] = [
  ...Array.from({length: 0x100}, (_, code) => String.fromCharCode(code)).filter((character) => isLatin1(character)),
  ...CODES.keys(),
];

// The same sign under another number: nothing is lost by these.
const SAME: ReadonlyMap<string, string> = new Map([
  ["\u03bc", "\u00b5"],
  ["\u2212", "-"],
  ["\u2010", "-"],
  ["\u2011", "-"],
  ["\u2009", " "],
  ["\u202f", " "],
]);

/** Text in the characters of Windows-1252; one that is not among them as `[U+4E2D]`. */
export function toWinAnsiText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return [...text.normalize("NFC")].map(spell).join("");
}

function spell(character: string): string {
  if (isLatin1(character) || CODES.has(character)) return character;
  const number = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return SAME.get(character) ?? `[U+${number}]`;
}

function isLatin1(character: string): boolean {
  return /^[\x20-\x7e\xa0-\xff]$/.test(character);
}

/** The bytes of a text that `toWinAnsiText` gave, in hex. */
export function winAnsiHex(text: string): string {
  if (SPECIAL.test(text))
    text = text.replaceAll(SPECIAL_EACH, (character) => String.fromCharCode(CODES.get(character)!));
  return Buffer.from(text, "latin1").toString("hex");
}
