import type {Command} from "commander";
import type {Context} from "./context.ts";

/** A command's work: the answer as an exit code. */
export type Action<Arguments extends readonly unknown[]> = (context: Context, ...given: Arguments) => Promise<number>;

/** Wraps a command's work: global options in, exit code out, any error as one sentence on standard error. */
export type Run = <Arguments extends readonly unknown[]>(
  action: Action<Arguments>,
) => (...given: [...Arguments, Command]) => Promise<void>;
