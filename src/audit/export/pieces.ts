const PIECE_CHARS = 65_536;

/** Joins short texts into pieces of 64 Ki characters or a little more: one write of a stream each. */
export async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let parts: string[] = [];
  let chars = 0;
  for await (const text of texts) {
    parts.push(text);
    chars += text.length;
    if (chars < PIECE_CHARS) continue;
    yield parts.join("");
    parts = [];
    chars = 0;
  }
  if (parts.length > 0) yield parts.join("");
}
