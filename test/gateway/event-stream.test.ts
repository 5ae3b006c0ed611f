import {EventEmitter} from "node:events";
import type {ServerResponse} from "node:http";
import {describe, expect, jest, test} from "@jest/globals";
import type {Reading} from "../../src/client/index.ts";
import {createManualClock} from "../../src/clock.ts";
import type {Caller} from "../../src/gateway/auth/caller.ts";
import {createEventStream} from "../../src/gateway/event-stream.ts";

/** A page's response that keeps what is written. */
function page() {
  const response = Object.assign(new EventEmitter(), {
    writableLength: 0,
    written: [] as string[],
    isDestroyed: false,
    writeHead: () => undefined,
    write: (text: string) => response.written.push(text),
    end: () => response.emit("close"),
    destroy: () => {
      response.isDestroyed = true;
      response.emit("close");
    },
  });
  return response;
}
const asResponse = (made: ReturnType<typeof page>) => made as unknown as ServerResponse;
const callerWith = (...scopes: string[]): Caller => ({
  ...{actor: "user:anna", role: "viewer", scopes: new Set(scopes)},
  ...{credential: "session:1", expiresAtMs: null, user: null, session: null},
});
const everything = callerWith("admin");
const reading = (point: string, value: number) => ({device: "m", point, value}) as unknown as Reading;

/** A stream whose batches go out when `tick` is called. */
function streamWithTicks() {
  jest.useFakeTimers({doNotFake: ["setImmediate", "queueMicrotask", "nextTick"]});
  const clock = createManualClock();
  const stream = createEventStream(clock, 250);
  return {clock, stream, tick: () => jest.advanceTimersByTime(250)};
}

describe("the event stream", () => {
  test("sends all events of a batch in one write, and of each point the last reading alone", () => {
    const {stream, tick} = streamWithTicks();
    const open = page();
    stream.add(asResponse(open), everything);
    open.written.length = 0;
    stream.sendReading(reading("power", 1));
    stream.sendReading(reading("power", 2));
    stream.sendReading(reading("energy", 7));
    stream.send("device", {id: "m"});
    expect(open.written).toEqual([]);
    tick();
    expect(open.written).toHaveLength(1);
    expect(open.written[0]).toBe(
      `event: device\ndata: {"id":"m"}\n\nevent: readings\ndata: ${JSON.stringify([reading("power", 2), reading("energy", 7)])}\n\n`,
    );
  });

  test("tells a page only what its person may read, kept events too", () => {
    const {stream, tick} = streamWithTicks();
    stream.send("milestone", {index: 1}, {isKept: true});
    stream.send("audit-entry", {a: 1}, {isKept: true});
    const open = page();
    stream.add(asResponse(open), callerWith("gateway:read"));
    expect(open.written.join("")).toContain('{"index":1}');
    expect(open.written.join("")).not.toContain("audit-entry");
    open.written.length = 0;
    stream.send("audit-entry", {a: 2});
    stream.sendReading(reading("power", 1));
    tick();
    expect(open.written).toEqual([]);
    const blind = page();
    stream.add(asResponse(blind), callerWith("field:read"));
    blind.written.length = 0;
    stream.send("alarm", {what: "raised"});
    tick();
    expect(open.written.join("")).toContain("event: alarm");
    expect(blind.written).toEqual([]);
  });

  test("drops a page that does not read any more", () => {
    const {stream, tick} = streamWithTicks();
    const open = page();
    stream.add(asResponse(open), everything);
    open.writableLength = 2 ** 21;
    stream.send("device", {});
    tick();
    expect(open.isDestroyed).toBe(true);
  });

  test("ends the pages of a credential that has ended or expired", async () => {
    const {clock, stream, tick} = streamWithTicks();
    const [mine, brief, other] = [page(), page(), page()];
    stream.add(asResponse(mine), everything);
    stream.add(asResponse(brief), {...everything, credential: "session:2", expiresAtMs: clock.now() + 1000});
    stream.add(asResponse(other), {...everything, credential: "session:3"});
    const ended: unknown[] = [];
    for (const open of [mine, brief, other]) open.on("close", () => ended.push(open));
    stream.end("session:1");
    await clock.advance(1000);
    stream.send("device", {});
    tick();
    expect(ended).toEqual([mine, brief]);
  });

  test("takes a bounded number of pages, and another one when one has gone", () => {
    const {stream} = streamWithTicks();
    const pages = Array.from({length: 128}, page);
    expect(pages.every((open) => stream.add(asResponse(open), everything))).toBe(true);
    expect(stream.add(asResponse(page()), everything)).toBe(false);
    pages[0]!.end();
    expect(stream.add(asResponse(page()), everything)).toBe(true);
  });

  test("sends early when very much happens", () => {
    const {stream} = streamWithTicks();
    const open = page();
    stream.add(asResponse(open), everything);
    open.written.length = 0;
    for (let i = 0; i < 500; i++) stream.send("blocks", {i});
    expect(open.written).toHaveLength(1);
  });
});
