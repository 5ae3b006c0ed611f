import {readFileSync} from "node:fs";
import path from "node:path";
import type {z} from "zod";
import {GatewayError} from "../../errors.ts";
import {makeFolder, writeWhole} from "../../files.ts";

/** A small file of JSON that is read once and written whole: new contents are on disk before the old ones are gone. Mode 0600. */
export interface JsonFile<Value> {
  read(): Value;
  write(value: Value): void;
}

/** `empty` is what a missing file stands for. Errors: `gateway/file-broken` when the file does not have the form. */
export function openJsonFile<Value>(file: string, schema: z.ZodType<Value>, empty: Value): JsonFile<Value> {
  return {
    read: () => {
      let text: string;
      try {
        text = readFileSync(file, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return empty;
        throw error;
      }
      const parsed = schema.safeParse(parseOrNull(text));
      if (parsed.success) return parsed.data;
      throw new GatewayError(
        "gateway/file-broken",
        `${file} does not have the form it should have. Restore it from a backup.`,
        {
          file,
        },
      );
    },
    write: (value) => {
      makeFolder(path.dirname(file));
      writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
    },
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
