import type {PointDescription} from "../../client/index.ts";

const DESCRIPTION_MAX = 48;

/** What a person calls a point: its profile's short description, else its name with the words apart ("active power L1"). */
export function pointLabel({name, description}: Pick<PointDescription, "name" | "description">): string {
  if (description !== null && description.length <= DESCRIPTION_MAX) return description.replace(/[.\s]+$/, "");
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/[_.]+/g, " ")
    .replaceAll(/\b([A-Z])([a-z]+)/g, (_, first: string, rest: string) => first.toLowerCase() + rest);
}
