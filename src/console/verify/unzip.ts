// Reads the files of a zip that an auditor drops on the page: the central directory at its end (PKWARE APPNOTE 4.3.12), then each file as
// it is wanted. Only what exports are made of: stored or deflated, not encrypted, under 4 GiB.

export interface ZippedFile {
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  text(): Promise<string>;
}

const END_LENGTH = 22;
const COMMENT_MAX = 65_535;
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const ENTRY_LENGTH = 46;
const LOCAL_LENGTH = 30;
const STORED = 0;
const DEFLATED = 8;
const ZIP64 = 0xffff_ffff;

/** Longest file that is unpacked: a proof file of 20,000 entries has 30 MB, bodies of the largest size more. */
export const UNPACKED_MAX = 1_500_000_000;

/** The files in a zip. Rejects with a sentence when it cannot be read. */
export async function listZip(zip: Blob): Promise<readonly ZippedFile[]> {
  const tailFrom = Math.max(0, zip.size - END_LENGTH - COMMENT_MAX);
  const tail = await viewOf(zip, tailFrom, zip.size);
  let at = tail.byteLength - END_LENGTH;
  while (at >= 0 && tail.getUint32(at, true) !== END) at--;
  if (at < 0) throw new Error("This is not a whole zip file: its list of contents is missing.");
  const count = tail.getUint16(at + 10, true);
  const length = tail.getUint32(at + 12, true);
  const from = tail.getUint32(at + 16, true);
  if (count === 0xffff || from === ZIP64)
    throw new Error("This zip is too large to be read here. Unpack it and choose the folder proofs.");
  if (from + length > zip.size) throw new Error("This is not a whole zip file: its list of contents is cut.");
  const directory = await viewOf(zip, from, from + length);
  const files: ZippedFile[] = [];
  for (let offset = 0; files.length < count; ) {
    if (offset + ENTRY_LENGTH > directory.byteLength || directory.getUint32(offset, true) !== ENTRY)
      throw new Error("The zip file's list of contents is damaged.");
    const nameLength = directory.getUint16(offset + 28, true);
    const next =
      offset +
      ENTRY_LENGTH +
      nameLength +
      directory.getUint16(offset + 30, true) +
      directory.getUint16(offset + 32, true);
    files.push(fileAt(zip, directory, offset, nameLength));
    offset = next;
  }
  return files;
}

function fileAt(zip: Blob, directory: DataView<ArrayBuffer>, offset: number, nameLength: number): ZippedFile {
  const method = directory.getUint16(offset + 10, true);
  const packed = directory.getUint32(offset + 20, true);
  const size = directory.getUint32(offset + 24, true);
  const local = directory.getUint32(offset + 42, true);
  const name = new TextDecoder().decode(
    directory.buffer.slice(
      directory.byteOffset + offset + ENTRY_LENGTH,
      directory.byteOffset + offset + ENTRY_LENGTH + nameLength,
    ),
  );
  return {
    name,
    size,
    text: async () => {
      if (size > UNPACKED_MAX || packed === ZIP64) throw new Error(`${name} is too large to be checked in a browser.`);
      const header = await viewOf(zip, local, local + LOCAL_LENGTH);
      if (header.byteLength < LOCAL_LENGTH || header.getUint32(0, true) !== LOCAL)
        throw new Error(`${name} is damaged in the zip file.`);
      const start = local + LOCAL_LENGTH + header.getUint16(26, true) + header.getUint16(28, true);
      const bytes = zip.slice(start, start + packed);
      if (method === STORED) return await bytes.text();
      if (method !== DEFLATED) throw new Error(`${name} is packed in a way that is not known here.`);
      return await unpack(bytes, name, size);
    },
  };
}

// A small file may unpack to any size: reading ends where the directory says it does.
async function unpack(bytes: Blob, name: string, size: number): Promise<string> {
  const reader = bytes.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const decoder = new TextDecoder("utf-8", {fatal: true});
  let text = "";
  let seen = 0;
  try {
    for (;;) {
      const {done, value} = await reader.read();
      if (done) break;
      seen += value.length;
      if (seen > size) break;
      text += decoder.decode(value, {stream: true});
    }
    text += decoder.decode();
  } catch {
    throw new Error(`${name} is damaged in the zip file.`);
  }
  if (seen !== size) throw new Error(`${name} is damaged in the zip file.`);
  return text;
}

async function viewOf(zip: Blob, from: number, to: number): Promise<DataView<ArrayBuffer>> {
  return new DataView(await zip.slice(from, to).arrayBuffer());
}
