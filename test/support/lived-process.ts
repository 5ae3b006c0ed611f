// A process of ours whose service does what the first argument says; it prints each step of its life.
import {runProcess} from "../../src/run-process.ts";
import type {Service} from "../../src/service.ts";

const say = (text: string) => process.stdout.write(`${text}\n`);
const kind = process.argv[2];

runProcess("test", async (): Promise<Service> => {
  return {
    start: async () => {
      say("started");
      if (kind === "no-start") throw new Error("no port");
      if (kind === "fault") setImmediate(() => Promise.reject(new Error("bug")));
      setInterval(() => undefined, 1000);
    },
    stop: async () => {
      say("stopped");
      if (kind === "no-stop") throw new Error("no disk");
      if (kind === "fault-in-stop") {
        setImmediate(() => {
          throw new Error("bug");
        });
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      }
    },
  };
});
