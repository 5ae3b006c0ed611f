import {expect, test} from "@jest/globals";
import {changeOf} from "../../src/audit/change.ts";

test.each([
  ["old and new", {old: 1, new: 2, unit: "bar"}, {old: 1, new: 2, unit: "bar"}],
  ["a first value", {new: "on"}, {old: null, new: "on", unit: null}],
  ["a value that is gone", {old: false, new: null}, {old: false, new: null, unit: null}],
  ["OPC UA's event", {OldValue: 1.5, NewValue: 2.5}, {old: 1.5, new: 2.5, unit: null}],
  [
    "OPC UA's event with Variants",
    {OldValue: {dataType: "Double", value: 0}, NewValue: {Type: 11, Body: 7}},
    {old: 0, new: 7, unit: null},
  ],
  ["something else", {value: 3}, null],
  ["nothing", null, null],
])("the change of a body with %s", (_, body, change) => {
  expect(changeOf(body)).toEqual(change);
});
