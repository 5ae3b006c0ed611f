// What an auditor gives: proof files, folders of them, or a whole zip of an export, and a network file. Everything is read here and
// leaves the page for nowhere.

import {type NetworkFile, parseNetworkFile} from "../../client/index.ts";
import {listZip} from "./unzip.ts";

/** A file that was given, by its place in the folder or zip. */
export interface GivenFile {
  readonly name: string;
  /** Whether it lay in a zip: then it came with the export. */
  readonly isZipped: boolean;
  text(): Promise<string>;
}

/** What could not be read, and why. */
export interface Unreadable {
  readonly name: string;
  /** A sentence; null when it is no JSON. */
  readonly because: string | null;
}

export interface Sorted {
  readonly proofs: readonly GivenFile[];
  /** Network files; one that came with the export says nothing about it. */
  readonly networks: readonly GivenFile[];
  readonly unreadable: readonly Unreadable[];
}

/** Proof files of one sitting. */
export const FILES_MAX = 10_000;

/** Sorts files by their names; opens zips. What is neither proof nor network nor zip is passed over, as the CSV of an export. */
export async function sortFiles(files: readonly (File & {readonly path?: string})[]): Promise<Sorted> {
  const proofs: GivenFile[] = [];
  const networks: GivenFile[] = [];
  const unreadable: Unreadable[] = [];
  const sort = (file: GivenFile) => {
    const name = file.name.split("/").at(-1)!.toLowerCase();
    if (/^network.*\.json$/.test(name)) networks.push(file);
    else if (name.endsWith(".json") && !/^entries.*\.json$/.test(name)) proofs.push(file);
  };
  for (const file of files) {
    const name = file.webkitRelativePath || file.name;
    if (!name.toLowerCase().endsWith(".zip")) {
      sort({name, isZipped: false, text: () => file.text()});
      continue;
    }
    try {
      for (const zipped of await listZip(file)) sort({name: zipped.name, isZipped: true, text: zipped.text});
    } catch (error) {
      unreadable.push({name, because: sentenceOf(error)});
    }
  }
  if (proofs.length > FILES_MAX) {
    unreadable.push({name: `${proofs.length}`, because: `At most ${FILES_MAX} proof files are checked at once.`});
    proofs.length = FILES_MAX;
  }
  return {proofs: proofs.toSorted((a, b) => a.name.localeCompare(b.name, "en", {numeric: true})), networks, unreadable};
}

/** The keys in a network file. Rejects with a sentence. */
export async function readNetwork(file: GivenFile): Promise<NetworkFile> {
  return parseNetworkFile(await file.text(), file.name);
}

/** All files of a drop, those in folders, too. */
export async function filesOfDrop(transfer: DataTransfer): Promise<readonly File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return [...transfer.files];
  const files: File[] = [];
  for (const entry of entries) await collect(entry, files);
  return files;
}

async function collect(entry: FileSystemEntry, files: File[]): Promise<void> {
  if (files.length > FILES_MAX) return;
  if (entry.isFile) {
    files.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A folder is told in parts; an empty one ends it.
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return;
    for (const inner of part) await collect(inner, files);
  }
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
