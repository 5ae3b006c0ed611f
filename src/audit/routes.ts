// /api/audit/v1. Forms: src/client/audit-api.ts.

import type {FastifyPluginAsync, FastifyRequest} from "fastify";
import {z} from "zod";
import {type AuditEntryInput, type AuditProofFile, GATEWAY_MACHINE} from "../client/index.ts";
import {GatewayError} from "../errors.ts";
import type {RouteGuards} from "../http.ts";
import type {Audit} from "./audit.ts";
import type {Exporter} from "./export/export.ts";
import {addExportRoute} from "./export/route.ts";
import {reviewRoutes} from "./review-routes.ts";
import {count, machineParameters, notFound, readForm as read, withoutUndefined} from "./route-forms.ts";

const ENTRIES_PER_POST_MAX = 1_000;
/** A thousand entries of a few kilobytes, or a few of the largest. */
const POST_BYTES_MAX = 4 * 2 ** 20;

const entryParameters = machineParameters.extend({seq: count});
const tileParameters = machineParameters.extend({"*": z.string().min(1).max(100)});
const pageQuery = z.strictObject({
  pageSize: z.coerce.number().int().min(1).max(1_000).optional(),
  cursor: z.string().max(100).optional(),
});
const entriesQuery = pageQuery.extend({
  type: z.string().max(64).optional(),
  from: z.string().max(40).optional(),
  to: z.string().max(40).optional(),
  actor: z.string().max(128).optional(),
  text: z.string().max(256).optional(),
});
const exportQuery = z.strictObject({from: count, to: count});

/** The plugin for the prefix `/api/audit/v1`. */
export function createAuditRoutes(audit: Audit, exporter: Exporter): (guards: RouteGuards) => FastifyPluginAsync {
  return (guards) => async (app) => {
    addExportRoute(app, exporter, guards);
    const reads = {preHandler: guards.authorize("audit:read")};
    const described = (summary: string, options: object = reads) => ({...options, schema: {summary, tags: ["audit"]}});

    app.post(
      "/entries",
      described("Append an entry, or up to 1,000 in a list; answered when they are on disk under a signed checkpoint", {
        preHandler: guards.authorize("audit:append"),
        bodyLimit: POST_BYTES_MAX,
      }),
      async (request, reply) => {
        const inputs = inputsOf(request);
        const receipts = await audit.append(inputs, request.identity!);
        return reply.status(201).send(Array.isArray(request.body) ? receipts : receipts[0]);
      },
    );

    app.get("/machines", described("Verdict over each machine's log"), (request) => {
      const {pageSize = 100, cursor} = read(pageQuery, request.query);
      const after = cursor === undefined ? audit.machines() : audit.machines().filter(({machine}) => machine > cursor);
      const items = after.slice(0, pageSize);
      return Promise.resolve(after.length > items.length ? {items, cursor: items.at(-1)!.machine} : {items});
    });

    app.get("/machines/:machine", described("Verdict over a machine's log"), async (request) => {
      const {machine} = read(machineParameters, request.params);
      return audit.machine(machine) ?? notFound(`There is no log of the machine ${machine}.`);
    });

    app.get("/machines/:machine/entries", described("Entries, newest first"), (request) => {
      const {machine} = read(machineParameters, request.params);
      const query = read(entriesQuery, request.query);
      return audit.entries(machine, withoutUndefined(query));
    });

    app.get("/machines/:machine/entries/:seq", described("One entry"), async (request) => {
      const {machine, seq} = read(entryParameters, request.params);
      return (await audit.entry(machine, seq)) ?? notFound(`The log of ${machine} has no entry ${seq}.`);
    });

    app.get("/machines/:machine/checkpoint", described("Latest signed checkpoint (C2SP)"), async (request, reply) => {
      const {machine} = read(machineParameters, request.params);
      const note = audit.checkpoint(machine);
      return reply.type("text/plain; charset=utf-8").header("cache-control", "no-cache").send(note);
    });

    app.get(
      "/machines/:machine/tile/*",
      described("Tile or entry bundle (C2SP tlog-tiles)"),
      async (request, reply) => {
        const {machine, "*": rest} = read(tileParameters, request.params);
        const bytes = await audit.tile(machine, `tile/${rest}`);
        if (bytes === null) return notFound(`The log of ${machine} has no tile ${rest}.`);
        return reply.type("application/octet-stream").header("cache-control", "no-cache").send(Buffer.from(bytes));
      },
    );

    app.get("/machines/:machine/export", described("Proof file of a range of entries"), async (request, reply) => {
      const {machine} = read(machineParameters, request.params);
      const range = read(exportQuery, request.query);
      const file: AuditProofFile = await audit.exportProof(machine, range);
      const name = `${machine}-${range.from}-${range.to}.audit.json`;
      return reply.header("content-disposition", `attachment; filename="${name}"`).send(file);
    });

    app.register(reviewRoutes(audit, guards));

    app.post("/check", described("Hash everything on disk again", {preHandler: guards.authorize("audit:check")}), () =>
      audit.check(),
    );
  };
}

function inputsOf(request: FastifyRequest): readonly AuditEntryInput[] {
  const inputs = (Array.isArray(request.body) ? request.body : [request.body]) as readonly AuditEntryInput[];
  if (inputs.length > ENTRIES_PER_POST_MAX)
    throw new GatewayError("audit/too-large", `One request appends at most ${ENTRIES_PER_POST_MAX} entries.`);
  const {actor, scopes} = request.identity!;
  // Asked for by its name: not even `admin` writes there.
  if (!scopes.has("audit:append-gateway") && inputs.some((input) => input?.machine === GATEWAY_MACHINE))
    throw new GatewayError(
      "audit/refused",
      `machine: only the gateway itself writes to the log ${GATEWAY_MACHINE}; choose another name.`,
      {field: "machine"},
    );
  // Not the scope admin: nobody who can log in writes in the name of somebody else.
  const mayName = scopes.has("audit:impersonate");
  const other = inputs.find((input) => input?.actor !== undefined && input.actor !== actor);
  if (other !== undefined && !mayName)
    throw new GatewayError(
      "audit/refused",
      `actor: naming somebody other than ${actor} needs the scope audit:impersonate.`,
      {
        field: "actor",
      },
    );
  return inputs;
}
