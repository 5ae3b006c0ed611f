import {expect, test} from "@jest/globals";
import {createUplink, QUEUE_MAX} from "../../src/field/uplink.ts";
import {silentLog} from "../../src/log.ts";

test("without a broker the queue is bounded, and the oldest messages make room", async () => {
  const uplink = createUplink({host: "127.0.0.1", port: 1, password: "x"}, {log: silentLog});
  await uplink.start();
  for (let index = 0; index < QUEUE_MAX + 5; index++) uplink.publish("tanglegate/field/readings/d/p", String(index));
  expect([uplink.isConnected, uplink.waiting, uplink.dropped]).toEqual([false, QUEUE_MAX, 5]);
  await uplink.stop();
  expect(uplink.waiting).toBe(0);
});
