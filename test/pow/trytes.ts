const ALPHABET = "9ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Trits of trytes as the published vectors write them: three a tryte, the least significant first. */
export function tritsOf(trytes: string): Int8Array {
  const trits = new Int8Array(trytes.length * 3);
  [...trytes].forEach((tryte, i) => {
    const index = ALPHABET.indexOf(tryte);
    let value = index > 13 ? index - 27 : index;
    for (let t = 0; t < 3; t++) {
      const trit = ((value + 28) % 3) - 1;
      trits[3 * i + t] = trit;
      value = (value - trit) / 3;
    }
  });
  return trits;
}

/** Trytes of trits. */
export function trytesOf(trits: Int8Array): string {
  let text = "";
  for (let i = 0; i < trits.length; i += 3) {
    text += ALPHABET[(trits[i]! + 3 * trits[i + 1]! + 9 * trits[i + 2]! + 27) % 27];
  }
  return text;
}
