import {setFlagsFromString} from "node:v8";
import {runInNewContext} from "node:vm";
import {describe, expect, test} from "@jest/globals";
import fc from "fast-check";
import {linesOf, writeCsv} from "../../../src/audit/export/csv.ts";
import {writeJson} from "../../../src/audit/export/json.ts";
import {breakLines} from "../../../src/audit/export/line-break.ts";
import {createLocalTime} from "../../../src/audit/export/local-time.ts";
import {writePdf} from "../../../src/audit/export/pdf.ts";
import {readmeOf} from "../../../src/audit/export/readme.ts";
import {detailsOf, whoOf} from "../../../src/audit/export/row.ts";
import {toWinAnsiText, WIN_ANSI, winAnsiHex} from "../../../src/audit/export/win-ansi.ts";
import type {AuditExportDocument} from "../../../src/client/index.ts";
import {bytesOf, factsOf, itemOf, iterate, parseCsv, textOf} from "./support.ts";

describe("a cell that a spreadsheet would run", () => {
  test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x"])(
    "%j is led by an apostrophe",
    (text) => {
      expect(parseCsv(linesOf([[text]]))).toEqual([[`'${text}`]]);
    },
  );

  test("is never a number: negative ones stay what they are", () => {
    expect(linesOf([[-5, -0.5, 0]])).toBe("-5,-0.5,0\r\n");
  });

  test("is none when the sign is not the first character", () => {
    expect(linesOf([["a=1", "1-2"]])).toBe("a=1,1-2\r\n");
  });
});

test("any text comes back from a CSV line as it was, but for the apostrophe", () => {
  fc.assert(
    fc.property(fc.array(fc.string({unit: "binary"}), {minLength: 1, maxLength: 6}), (cells) => {
      // One empty cell is an empty line, which is no record.
      fc.pre(cells.length > 1 || cells[0] !== "");
      const [read] = parseCsv(linesOf([cells]));
      expect(read!.map((cell) => cell.replace(/^'(?=[=+\-@\t\r＝＋－＠])/, ""))).toEqual(
        cells.map((cell) => cell.replace(/^'(?=[=+\-@\t\r＝＋－＠])/, "")),
      );
    }),
  );
});

describe("the CSV", () => {
  const write = async (language: "en" | "de" = "en", items = [itemOf()]) =>
    textOf(writeCsv(factsOf({language, count: items.length, filter: {text: 'a,"b"'}}), iterate(items)));

  test("begins with a byte order mark and says what it is in lines that begin with #", async () => {
    const text = await write();
    expect(text.startsWith("\ufeff# Tanglegate: Audit trail,")).toBe(true);
    expect(text).toContain("# Exported by: user:anna,");
    expect(text).toContain("# Filters: text contains: a;'b',");
    expect(text).toContain("# Recorded as: entry 7 of the log gateway,");
  });

  test("has as many fields in every record", async () => {
    const lengths = new Set(parseCsv(await write()).map(({length}) => length));
    expect(lengths.size).toBe(1);
  });

  test("has the change in columns of its own, with its unit, and the rest of the body beside it", async () => {
    const [names, row] = parseCsv(await write()).filter(([first]) => !/^\ufeff?#/.test(first!));
    const cell = (name: string) => row![names!.indexOf(name)];
    expect(cell("old value")).toBe("79.5");
    expect(cell("new value")).toBe("-80");
    expect(cell("unit")).toBe("bar");
    expect(cell("details (JSON)")).toBe('{"zone":3}');
    expect(cell("local time")).toBe("2026-06-01T14:00:00.000+02:00");
    expect(cell("UTC time")).toBe("2026-06-01T12:00:00.000Z");
    expect(cell("clock uncertainty (ms)")).toBe("5");
    expect(cell("who")).toBe("anna");
  });

  test("says of an erased body by whom, when and why", async () => {
    const erased = {by: "user:dpo", at: "2026-06-02T00:00:00.000Z", reason: "asked for", legalBasis: "Art. 17", seq: 9};
    const text = await write("en", [itemOf({body: null, change: null, erased})]);
    expect(text).toContain("removed on 2026-06-02T00:00:00.000Z by user:dpo: asked for");
  });

  test("speaks German", async () => {
    expect(await write("de")).toContain("Maschine,Eintrag Nr.,Ortszeit,UTC-Zeit");
  });
});

test("the JSON is one document of the facts and the entries", async () => {
  for (const items of [[], [itemOf()], [itemOf(), itemOf({seq: 4})]]) {
    const facts = factsOf({count: items.length});
    const document = JSON.parse(await textOf(writeJson(facts, iterate(items)))) as AuditExportDocument;
    expect(document).toEqual({...facts, entries: items});
  }
});

describe("a local time", () => {
  test.each([
    ["Europe/Berlin", "2026-01-01T00:00:00.000Z", "2026-01-01T01:00:00.000+01:00"],
    ["Europe/Berlin", "2026-10-25T00:59:59.999Z", "2026-10-25T02:59:59.999+02:00"],
    ["Europe/Berlin", "2026-10-25T01:00:00.000Z", "2026-10-25T02:00:00.000+01:00"],
    ["Asia/Kathmandu", "2026-06-01T20:00:00.000Z", "2026-06-02T01:45:00.000+05:45"],
    ["America/St_Johns", "2026-06-01T02:00:00.000Z", "2026-05-31T23:30:00.000-02:30"],
    ["UTC", "2026-06-01T02:00:00.000Z", "2026-06-01T02:00:00.000+00:00"],
  ])("in %s of %s is %s", (zone, utc, local) => {
    expect(createLocalTime(zone)(utc)).toBe(local);
  });

  test("names the same moment", () => {
    const localTime = createLocalTime("Australia/Lord_Howe");
    fc.assert(
      fc.property(fc.date({min: new Date("1971-01-01"), max: new Date("2100-01-01"), noInvalidDate: true}), (date) => {
        expect(Date.parse(localTime(date.toISOString()))).toBe(date.getTime());
      }),
    );
  });
});

describe("text on paper", () => {
  test("beyond the font's characters is written by its number", () => {
    expect(toWinAnsiText("Wert 中 🙂\n")).toBe("Wert [U+4E2D] [U+1F642][U+000A]");
  });

  test("keeps what the font has, and the same signs under other numbers", () => {
    expect(toWinAnsiText("Größe – „5 µm“ €")).toBe("Größe – „5 µm“ €");
    expect(toWinAnsiText("5\u202fk\u212a \u22123 \u03bcm")).toBe("5 kK -3 µm");
  });

  test("is Windows-1252", () => {
    const decoder = new TextDecoder("windows-1252");
    for (const character of WIN_ANSI) expect(decoder.decode(Buffer.from(winAnsiHex(character), "hex"))).toBe(character);
    expect(WIN_ANSI).toHaveLength(95 + 96 + 27);
  });

  test("of any kind becomes characters that the font has", () => {
    fc.assert(
      fc.property(fc.string({unit: "binary"}), (text) => {
        expect([...toWinAnsiText(text)].every((character) => WIN_ANSI.includes(character))).toBe(true);
      }),
    );
  });
});

describe("lines", () => {
  const widthOf = (text: string) => text.length;
  const broken = (text: string, width = 10, linesMax = 99) => breakLines(text, {width, widthOf, linesMax});

  test("break at spaces", () => {
    expect(broken("one two three four")).toEqual(["one two", "three four"]);
  });
  test("break within a word that is too long alone", () => {
    expect(broken("a bcdefghijklmnop")).toEqual(["a", "bcdefghijk", "lmnop"]);
  });
  test("that are too many end in three dots", () => {
    expect(broken("one two three four five six", 10, 2)).toEqual(["one two", "three f..."]);
  });
  test("are never wider than the column, and lose nothing", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({min: 1, max: 30}), (text, width) => {
        const lines = broken(text, width);
        expect(lines.every((line) => line.length <= width)).toBe(true);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });
});

test("an actor is named, with the role where one was recorded", () => {
  expect(whoOf({actor: "user:anna", actorRole: null})).toEqual({name: "anna", role: "user"});
  expect(whoOf({actor: "user:anna", actorRole: "operator"})).toEqual({name: "anna", role: "operator"});
  expect(whoOf({actor: "anna", actorRole: null})).toEqual({name: "anna", role: null});
});

test("details leave out what other columns tell, and nothing else", () => {
  const change = {old: 1, new: 2, unit: null};
  expect(detailsOf({body: {old: 1, new: 2}, change, reason: null})).toBeNull();
  expect(detailsOf({body: {old: 1, reason: "wear", a: 2}, change, reason: "wear"})).toBe('{"a":2}');
  expect(detailsOf({body: {reason: 5}, change: null, reason: "R1"})).toBe('{"reason":5}');
  expect(detailsOf({body: null, change: null, reason: null})).toBeNull();
});

test("the README of the zip says in both languages that trusted keys come from elsewhere", () => {
  const text = readmeOf(factsOf());
  expect(text).toContain("Get network.json from the operator of the network by another way");
  expect(text).toContain("network.json auf anderem Weg vom Betreiber des Netzes holen");
  expect(text.replaceAll("\r\n", "")).not.toContain("\n");
});

describe("the PDF", () => {
  test("of no entries says so and has one page", async () => {
    const bytes = await bytesOf(writePdf(factsOf({count: 0}), iterate([])));
    expect(bytes.subarray(0, 5).toString()).toBe("%PDF-");
    expect(bytes.subarray(-6).toString()).toBe("%%EOF\n");
    expect(bytes.toString("latin1")).toContain("/Count 1\n");
  });

  test("is the same for the same facts: its date is that of the export", async () => {
    const once = await bytesOf(writePdf(factsOf(), iterate([itemOf()])));
    const twice = await bytesOf(writePdf(factsOf(), iterate([itemOf()])));
    expect(once.equals(twice)).toBe(true);
  });

  test("of 50,000 entries leaves page by page: what stays in memory does not grow with it", async () => {
    const collectGarbage = exposedGc();
    const usedAt: number[] = [];
    const many = function* () {
      for (let seq = 50_000; seq > 0; seq--) {
        yield itemOf({seq});
        if (seq % 10_000 !== 0) continue;
        collectGarbage();
        usedAt.push(process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers);
      }
    };
    let written = 0;
    let pieces = 0;
    for await (const piece of writePdf(factsOf({count: 50_000}), iterate(many()))) {
      written += piece.length;
      pieces++;
    }
    expect(pieces).toBeGreaterThan(1_000);
    expect(written).toBeGreaterThan(1_000_000);
    // 2,700 pages leave 40,000 rows behind; what grows is a few numbers a page.
    expect(usedAt.at(-1)! - usedAt[0]!).toBeLessThan(10_000_000);
  }, 60_000);
});

function exposedGc(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
