import {describe, expect, test} from "@jest/globals";
import {
  addressOf,
  EMPTY_VIEW,
  filterOf,
  filtersSet,
  fromLocalInput,
  queryOf,
  rangeOf,
  toLocalInput,
  type View,
  viewOf,
  viewOfFilter,
} from "../../src/console/pages/audit/view.ts";

const shown = (address: string): View => {
  const url = new URL(address, "http://gateway");
  const path = url.pathname.split("/").filter((part) => part !== "");
  return viewOf(path.map(decodeURIComponent), url.searchParams);
};
const view = (changes: Partial<View>): View => ({...EMPTY_VIEW, ...changes});

describe("filters and the address", () => {
  const cases: [name: string, view: View, address: string][] = [
    ["nothing chosen", view({}), "/audit"],
    ["all kinds, which is a choice", view({kinds: []}), "/audit?kind=all"],
    ["one machine is a part of the path", view({machines: ["press-7"]}), "/audit/press-7"],
    ["several machines are a filter", view({machines: ["a", "b"]}), "/audit?machine=a,b"],
    ["an entry over the list of all machines", view({open: {machine: "press-7", seq: 12}}), "/audit/press-7/12"],
    [
      "an entry over the list of its machine",
      view({machines: ["press-7"], open: {machine: "press-7", seq: 12}}),
      "/audit/press-7/12?machine=press-7",
    ],
    ["a range that moves", view({preset: "7d", kinds: ["critical", "alarm"]}), "/audit?kind=critical,alarm&time=7d"],
    [
      "a range of one's own",
      view({from: "2026-01-31T12:00:00.000Z", to: "2026-02-01T00:00:00.000Z"}),
      "/audit?from=2026-01-31T12:00:00.000Z&to=2026-02-01T00:00:00.000Z",
    ],
    [
      "texts with signs of their own",
      view({actor: "anna & ben", value: "5 °C", text: "a=b?#", review: "handed-over", state: "waiting"}),
      "/audit?actor=anna+%26+ben&value=5+%C2%B0C&text=a%3Db%3F%23&review=handed-over&state=waiting",
    ],
    ["types", view({types: ["parameter-change", "alarm"]}), "/audit?type=parameter-change,alarm"],
  ];
  test.each(cases)("%s", (_name, given, address) => {
    expect(addressOf(given)).toBe(address);
    expect(shown(address)).toEqual(given);
  });

  test("what an address spells wrongly does not matter", () => {
    expect(shown("/audit/press-7/x?kind=big&time=never&review=maybe&from=yesterday&state=x")).toEqual(
      view({machines: ["press-7"], kinds: []}),
    );
  });

  test("a range that moves beats dates beside it", () => {
    expect(shown("/audit?time=today&from=2026-01-01T00:00:00Z")).toEqual(view({preset: "today"}));
  });

  test("a saved filter shows what it found when it was saved", () => {
    const filter = {kinds: ["critical"], subject: "temperature", from: "2026-01-31T12:00:00.000Z"} as const;
    const {from, to} = viewOfFilter(filter);
    expect(filterOf(viewOfFilter(filter), {from, to})).toEqual(filter);
  });
});

describe("the filter as the gateway takes it", () => {
  test("only what is chosen is asked for; all kinds are no filter", () => {
    const range = {from: null, to: null};
    expect(filterOf(view({kinds: []}), range)).toEqual({});
    expect(filterOf(view({kinds: ["critical", "alarm", "batch", "access", "other"]}), range)).toEqual({});
    expect(
      filterOf(view({kinds: ["alarm"], machines: ["a"], text: "x"}), {from: "2026-01-01T00:00:00Z", to: null}),
    ).toEqual({
      machines: ["a"],
      kinds: ["alarm"],
      text: "x",
      from: "2026-01-01T00:00:00Z",
    });
  });

  test("lists are joined by commas", () => {
    expect(queryOf({machines: ["a", "b"], kinds: ["critical"], actor: "anna"}, {pageSize: 50})).toBe(
      "?machine=a%2Cb&kind=critical&actor=anna&pageSize=50",
    );
    expect(queryOf({})).toBe("");
  });

  test("kinds are counted by nobody, a range of time once", () => {
    expect(filtersSet(view({kinds: ["critical"]}))).toBe(0);
    expect(filtersSet(view({from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", text: "x"}))).toBe(2);
  });
});

describe("ranges of time", () => {
  const now = new Date(2026, 2, 31, 14, 30).getTime();
  const local = (...parts: [number, number, number]) => new Date(...parts).toISOString();
  const cases: [preset: View["preset"], from: string | null][] = [
    ["today", local(2026, 2, 31)],
    ["7d", local(2026, 2, 25)],
    // The clock was put forward in between; the range still begins at midnight.
    ["30d", local(2026, 2, 2)],
    ["since-review", "2026-03-12T08:00:00.000Z"],
  ];
  test.each(cases)("%s begins where it says and is open at its end", (preset, from) => {
    const given = {preset, from: null, to: null};
    expect(rangeOf(given, {now, lastReview: "2026-03-12T08:00:00.000Z"})).toEqual({from, to: null});
  });

  test("since a review that never was is all of it", () => {
    expect(rangeOf({preset: "since-review", from: null, to: null}, {now, lastReview: null})).toEqual({
      from: null,
      to: null,
    });
  });

  test("an own range is to the minute, its end included", () => {
    const from = fromLocalInput("2026-03-31T14:30", "start");
    expect(toLocalInput(from)).toBe("2026-03-31T14:30");
    expect(Date.parse(fromLocalInput("2026-03-31T14:30", "end")!) - Date.parse(from!)).toBe(59_999);
    expect(fromLocalInput("", "start")).toBeNull();
    expect(toLocalInput(null)).toBe("");
  });
});
