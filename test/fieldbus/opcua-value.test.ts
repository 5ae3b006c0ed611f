import {describe, expect, test} from "@jest/globals";
import {DataType, DataValue, StatusCodes, Variant, VariantArrayType} from "node-opcua";
import type {Value} from "../../src/fieldbus/index.ts";
import {decodeDataValue, encodeValue, expectedAfterWrite} from "../../src/fieldbus/opcua-value.ts";

const dataValueOf = (dataType: DataType, value: unknown, statusCode = StatusCodes.Good) =>
  new DataValue({value: new Variant({dataType, arrayType: VariantArrayType.Scalar, value}), statusCode});

describe("a data value is read", () => {
  test.each<[string, DataType, unknown, Value]>([
    ["Boolean", DataType.Boolean, false, false],
    ["SByte", DataType.SByte, -5, -5],
    ["UInt32", DataType.UInt32, 4_294_967_295, 4_294_967_295],
    ["Int64, small", DataType.Int64, [0, 7], 7],
    ["Int64, negative", DataType.Int64, [0xffffffff, 0xfffffffe], -2],
    ["UInt64 past 2^53 is text", DataType.UInt64, [0xffffffff, 0xffffffff], "18446744073709551615"],
    ["Float in few digits", DataType.Float, Math.fround(230.1), 230.1],
    ["Double", DataType.Double, 0.1, 0.1],
    ["String", DataType.String, "lot 1", "lot 1"],
    ["DateTime", DataType.DateTime, new Date(Date.UTC(2026, 0, 31)), "2026-01-31T00:00:00.000Z"],
    ["ByteString", DataType.ByteString, Buffer.from([1, 255]), "0x01ff"],
    ["LocalizedText", DataType.LocalizedText, {text: "Stopped", locale: "en"}, "Stopped"],
  ])("%s", (_, dataType, raw, value) => {
    expect(decodeDataValue(dataValueOf(dataType, raw))).toMatchObject({quality: "good", value});
  });
  test("an array is its JSON text", () => {
    const variant = new Variant({
      dataType: DataType.Int32,
      arrayType: VariantArrayType.Array,
      value: new Int32Array([1, 2]),
    });
    expect(decodeDataValue(new DataValue({value: variant}))).toMatchObject({quality: "good", value: "[1,2]"});
  });
});

describe("what is no value is bad with the reason, never a zero", () => {
  test.each<[string, DataValue, RegExp]>([
    ["a bad status", dataValueOf(DataType.Double, 5, StatusCodes.BadNoCommunication), /BadNoCommunication/],
    [
      "an uncertain status",
      dataValueOf(DataType.Double, 5, StatusCodes.UncertainLastUsableValue),
      /UncertainLastUsableValue/,
    ],
    ["no value", new DataValue({statusCode: StatusCodes.Good}), /no value/],
    ["NaN", dataValueOf(DataType.Double, Number.NaN), /NaN/],
    ["infinity", dataValueOf(DataType.Float, Number.POSITIVE_INFINITY), /infinite/],
  ])("%s", (_, dataValue, reason) => {
    const decoded = decodeDataValue(dataValue);
    expect(decoded).toMatchObject({quality: "bad", value: null});
    expect(decoded.reason).toMatch(reason);
  });
});

describe("a value is written in the type of the node", () => {
  test.each<[string, DataType, unknown, unknown]>([
    ["Boolean", DataType.Boolean, true, true],
    ["Int16", DataType.Int16, -32_768, -32_768],
    ["Int64 from text", DataType.Int64, "-2", [0xffffffff, 0xfffffffe]],
    ["UInt64 past 2^53", DataType.UInt64, "18446744073709551615", [0xffffffff, 0xffffffff]],
    ["LocalizedText", DataType.LocalizedText, "Go", {text: "Go"}],
    ["DateTime", DataType.DateTime, "2026-01-31T00:00:00Z", new Date(Date.UTC(2026, 0, 31))],
  ])("%s", (_, dataType, value, encoded) => {
    expect(encodeValue("p", dataType, value)).toEqual(encoded);
  });
  test.each<[string, DataType, unknown, string]>([
    ["a number for a Boolean", DataType.Boolean, 1, "value-type"],
    ["a text for a number", DataType.Int32, "5", "value-type"],
    ["a fraction for an integer", DataType.Int32, 1.5, "value-type"],
    ["past the range", DataType.Byte, 256, "value-range"],
    ["below the range", DataType.UInt64, -1, "value-range"],
    ["NaN", DataType.Double, Number.NaN, "value-type"],
    ["a number for a text", DataType.String, 5, "value-type"],
    ["a date that is none", DataType.DateTime, "soon", "value-type"],
    ["a structure", DataType.ExtensionObject, {}, "value-type"],
  ])("%s is refused", (_, dataType, value, code) => {
    expect(() => encodeValue("p", dataType, value)).toThrow(expect.objectContaining({code: `fieldbus/${code}`}));
  });
  test("a Float is read back with the digits it keeps", () => {
    expect(expectedAfterWrite(DataType.Float, 230.123456789)).toBe(230.12346);
    expect(expectedAfterWrite(DataType.Int64, "7")).toBe(7);
  });
});
