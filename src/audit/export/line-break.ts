/** Width of a text in points. */
export type WidthOf = (text: string) => number;

/**
 * Breaks a text into lines of at most `width` points: at spaces, within a word only where the word alone is too long. Of more than
 * `linesMax` lines the last ends in three dots. Pure.
 */
export function breakLines(
  text: string,
  {width, widthOf, linesMax}: {width: number; widthOf: WidthOf; linesMax: number},
): readonly string[] {
  const lines: string[] = [];
  let line = "";
  let used = 0;
  const spaceWidth = widthOf(" ");
  for (const word of text.split(" ")) {
    for (const part of partsOf(word, width, widthOf)) {
      const partWidth = widthOf(part);
      if (line !== "" && used + spaceWidth + partWidth > width) {
        lines.push(line);
        line = "";
        used = 0;
      }
      if (lines.length > linesMax) return cut(lines, linesMax, width, widthOf);
      used += (line === "" ? 0 : spaceWidth) + partWidth;
      line = line === "" ? part : `${line} ${part}`;
    }
  }
  lines.push(line);
  return lines.length > linesMax ? cut(lines, linesMax, width, widthOf) : lines;
}

function cut(lines: readonly string[], linesMax: number, width: number, widthOf: WidthOf): readonly string[] {
  let last = lines[linesMax - 1]!;
  while (last !== "" && widthOf(`${last}...`) > width) last = last.slice(0, -1);
  return [...lines.slice(0, linesMax - 1), `${last}...`];
}

function* partsOf(word: string, width: number, widthOf: WidthOf): Generator<string> {
  let part = "";
  let used = 0;
  if (widthOf(word) <= width) {
    yield word;
    return;
  }
  for (const character of word) {
    const own = widthOf(character);
    if (part !== "" && used + own > width) {
      yield part;
      part = "";
      used = 0;
    }
    part += character;
    used += own;
  }
  yield part;
}
