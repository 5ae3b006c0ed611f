import {createInterface} from "node:readline/promises";
import {Writable} from "node:stream";
import {GatewayError} from "../errors.ts";

const TRIES = 3;

/** Questions to the person at the terminal. */
export interface Prompt {
  /** A line; empty takes `preset`. `check` gives the sentence to say when the answer does not do, else null. */
  ask(question: string, options?: {preset?: string; check?: (answer: string) => string | null}): Promise<string>;
  /** Yes or no; empty takes `preset`. */
  confirm(question: string, preset: boolean): Promise<boolean>;
  /** A line that is not shown, asked for twice. */
  askSecret(question: string, check: (answer: string) => string | null): Promise<string>;
}

/** Whether somebody can answer. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks on standard error, so that what a program reads stays clean. Errors: `cli/no-answer` at the end of the input. */
export function createPrompt(): Prompt {
  const ask = async (question: string, isHidden: boolean): Promise<string> => {
    // readline writes what is typed to its output; a secret goes nowhere.
    const nowhere = new Writable({write: (_chunk, _encoding, done) => done()});
    if (isHidden) process.stderr.write(question);
    const reader = createInterface({input: process.stdin, output: isHidden ? nowhere : process.stderr, terminal: true});
    try {
      const closed = new Promise<never>((_resolve, reject) => {
        reader.once("close", () => reject(noAnswer()));
        reader.once("SIGINT", () => reject(noAnswer()));
      });
      return (await Promise.race([reader.question(isHidden ? "" : question), closed])).trim();
    } finally {
      reader.close();
      if (isHidden) process.stderr.write("\n");
    }
  };
  const until = async (once: () => Promise<{answer: string; problem: string | null}>): Promise<string> => {
    for (let left = TRIES; ; left--) {
      const {answer, problem} = await once();
      if (problem === null) return answer;
      if (left <= 1) throw new GatewayError("cli/no-answer", problem);
      process.stderr.write(`${problem}\n`);
    }
  };
  return {
    ask: (question, {preset, check = () => null} = {}) =>
      until(async () => {
        const answer =
          (await ask(preset === undefined ? `${question} ` : `${question} [${preset}] `, false)) || preset || "";
        return {answer, problem: check(answer)};
      }),
    confirm: async (question, preset) => {
      const answer = await until(async () => {
        const word = (await ask(`${question} ${preset ? "[Y/n]" : "[y/N]"} `, false)).toLowerCase();
        return {answer: word, problem: /^(y|yes|n|no|j|ja|nein|)$/.test(word) ? null : "Answer y or n."};
      });
      return answer === "" ? preset : /^[yj]/.test(answer);
    },
    askSecret: (question, check) =>
      until(async () => {
        const answer = await ask(`${question} `, true);
        const problem = check(answer);
        if (problem !== null) return {answer, problem};
        const again = await ask("The same again: ", true);
        return {answer, problem: again === answer ? null : "The two are not the same."};
      }),
  };
}

function noAnswer(): GatewayError {
  return new GatewayError("cli/no-answer", "Nothing was changed: there was no answer.");
}
