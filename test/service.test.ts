import {describe, expect, test} from "@jest/globals";
import {createService, joinServices, type Service} from "../src/service.ts";

/** A service that writes down what is done to it. */
function traced(name: string, trace: string[], fail: {start?: boolean; stop?: boolean} = {}): Service {
  return createService({
    start: async () => {
      trace.push(`start ${name}`);
      if (fail.start === true) throw new Error(`${name} cannot start`);
    },
    stop: async () => {
      trace.push(`stop ${name}`);
      if (fail.stop === true) throw new Error(`${name} cannot stop`);
    },
  });
}

describe("a service", () => {
  test("does nothing when it is made, and each step once", async () => {
    const trace: string[] = [];
    const service = traced("a", trace);
    expect(trace).toEqual([]);
    await Promise.all([service.start(), service.start()]);
    await Promise.all([service.stop(), service.stop()]);
    expect(trace).toEqual(["start a", "stop a"]);
  });

  test("that never started stops without doing anything", async () => {
    const trace: string[] = [];
    await traced("a", trace).stop();
    expect(trace).toEqual([]);
  });

  test("stops after its start has ended, not in the middle of it", async () => {
    const trace: string[] = [];
    const {promise: gate, resolve: open} = Promise.withResolvers<void>();
    const service = createService({
      start: async () => {
        await gate;
        trace.push("started");
      },
      stop: async () => {
        trace.push("stopped");
      },
    });
    const starting = service.start();
    const stopping = service.stop();
    open();
    await Promise.all([starting, stopping]);
    expect(trace).toEqual(["started", "stopped"]);
  });

  test("can be started again after a stop", async () => {
    const trace: string[] = [];
    const service = traced("a", trace);
    await service.start();
    await service.stop();
    await service.start();
    await service.stop();
    expect(trace).toEqual(["start a", "stop a", "start a", "stop a"]);
  });

  test("that is started during its stop starts when the stop has ended, and stops again when told", async () => {
    const trace: string[] = [];
    const service = traced("a", trace);
    await service.start();
    const stopping = service.stop();
    const starting = [service.start(), service.start()];
    await stopping;
    await Promise.all(starting);
    expect(trace).toEqual(["start a", "stop a", "start a"]);
    await service.start();
    await Promise.all([service.stop(), service.stop()]);
    await service.stop();
    expect(trace).toEqual(["start a", "stop a", "start a", "stop a"]);
  });

  test("whose start fails is stopped all the same, so that what it opened is closed", async () => {
    const trace: string[] = [];
    const service = traced("a", trace, {start: true});
    await expect(service.start()).rejects.toThrow("a cannot start");
    await service.stop();
    expect(trace).toEqual(["start a", "stop a"]);
  });
});

describe("joined services", () => {
  test("start in order and stop in the opposite one", async () => {
    const trace: string[] = [];
    const all = joinServices(["a", "b", "c"].map((name) => traced(name, trace)));
    await all.start();
    await all.stop();
    expect(trace).toEqual(["start a", "start b", "start c", "stop c", "stop b", "stop a"]);
  });

  test("one that cannot start stops those before it, and the reason comes out", async () => {
    const trace: string[] = [];
    const all = joinServices([traced("a", trace), traced("b", trace, {start: true}), traced("c", trace)]);
    await expect(all.start()).rejects.toThrow("b cannot start");
    expect(trace).toEqual(["start a", "start b", "stop b", "stop a"]);
    await all.stop();
    expect(trace).toHaveLength(4);
  });

  test("one that cannot stop keeps no other from stopping, and the reason comes out", async () => {
    const trace: string[] = [];
    const all = joinServices([traced("a", trace), traced("b", trace, {stop: true}), traced("c", trace)]);
    await all.start();
    await expect(all.stop()).rejects.toThrow("b cannot stop");
    expect(trace.slice(3)).toEqual(["stop c", "stop b", "stop a"]);
  });
});
