// README.txt of the zip: what is in it and how to check it, for somebody who knows nothing of this gateway.

import type {AuditExportFacts} from "../../client/index.ts";
import {factPairs} from "./words.ts";

/** The text, in English and German. */
export function readmeOf(facts: AuditExportFacts): string {
  const lines = [
    ...english(facts),
    "",
    "------------------------------------------------------------------------",
    "",
    ...german(facts),
    "",
  ];
  return lines.join("\r\n");
}

function english(facts: AuditExportFacts): readonly string[] {
  return [
    "AUDIT TRAIL EXPORT",
    "",
    ...table({...facts, language: "en"}),
    "",
    "What is in here",
    "",
    "  entries.csv    the entries for a spreadsheet",
    "  entries.json   the same for a program",
    "  report.pdf     the same on paper",
    "  proofs/        a proof for each entry: a file for each machine and up to 20,000 entries",
    "  verify.html    checks the proofs: open it in any browser, no network needed",
    "  network.json   the keys of the network, AS THIS GATEWAY NAMES THEM (see below)",
    "",
    "How to check",
    "",
    "  1. Get network.json from the operator of the network by another way: from their web site, by letter, from",
    "     an earlier visit. The network.json in here came with the entries: whoever could forge these could forge",
    "     that. Use it to compare with yours, not in place of it.",
    "  2. Open verify.html in a browser and drop the folder proofs and your network.json on it.",
    "  3. Each file gets a verdict in words. Without your network.json it is at best",
    '     "consistent, signer unknown".',
    "",
    "On a command line: tanglegate audit verify FILE --trust network.json",
    "",
    "A proof file holds the entries that the filters chose and no others. It names the numbers that lie between.",
    "That this export was made is itself an entry of the gateway's log; its number is given above.",
  ];
}

function german(facts: AuditExportFacts): readonly string[] {
  return [
    "EXPORT DES PRÜFPROTOKOLLS",
    "",
    ...table({...facts, language: "de"}),
    "",
    "Was hier liegt",
    "",
    "  entries.csv    die Einträge für eine Tabellenkalkulation",
    "  entries.json   dasselbe für ein Programm",
    "  report.pdf     dasselbe auf Papier",
    "  proofs/        ein Nachweis für jeden Eintrag: je Maschine und bis zu 20.000 Einträgen eine Datei",
    "  verify.html    prüft die Nachweise: in einem beliebigen Browser öffnen, ohne Netz",
    "  network.json   die Schlüssel des Netzes, WIE DIESES GATEWAY SIE NENNT (siehe unten)",
    "",
    "Wie man prüft",
    "",
    "  1. network.json auf anderem Weg vom Betreiber des Netzes holen: von seiner Website, per Brief, von einem",
    "     früheren Besuch. Die network.json hier kam mit den Einträgen: Wer diese fälschen kann, kann auch sie",
    "     fälschen. Sie dient dem Vergleich mit der eigenen, nicht als Ersatz.",
    "  2. verify.html im Browser öffnen und den Ordner proofs und die eigene network.json darauf ziehen.",
    "  3. Jede Datei bekommt ein Urteil in Worten. Ohne eigene network.json lautet es bestenfalls",
    '     "in sich stimmig, Unterzeichner unbekannt".',
    "",
    "Auf der Kommandozeile: tanglegate audit verify DATEI --trust network.json",
    "",
    "Eine Nachweisdatei enthält die Einträge, die die Filter gewählt haben, und keine anderen. Sie nennt die",
    "Nummern, die dazwischen liegen. Dass dieser Export gemacht wurde, ist selbst ein Eintrag im Protokoll des",
    "Gateways; seine Nummer steht oben.",
  ];
}

function table(facts: AuditExportFacts): readonly string[] {
  return factPairs(facts).map(([label, value]) => `  ${label.padEnd(16)} ${value}`);
}
