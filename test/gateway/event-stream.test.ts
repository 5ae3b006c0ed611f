import {EventEmitter} from "node:events";
import type {ServerResponse} from "node:http";
import {describe, expect, jest, test} from "@jest/globals";
import type {Reading} from "../../src/client/index.ts";
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
const everything = () => true;
const reading = (point: string, value: number) => ({device: "m", point, value}) as unknown as Reading;

/** A stream whose batches go out when `tick` is called. */
function streamWithTicks() {
  jest.useFakeTimers();
  const stream = createEventStream(250);
  return {stream, tick: () => jest.advanceTimersByTime(250)};
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
    stream.send("secret", {a: 1}, {isKept: true});
    const open = page();
    stream.add(asResponse(open), (event) => event === "milestone");
    expect(open.written.join("")).toContain('{"index":1}');
    expect(open.written.join("")).not.toContain("secret");
    open.written.length = 0;
    stream.send("secret", {a: 2});
    stream.sendReading(reading("power", 1));
    tick();
    expect(open.written).toEqual([]);
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
