// GET /api/audit/v1/export. Forms: src/client/audit-export-api.ts.

import {Readable} from "node:stream";
import type {FastifyInstance} from "fastify";
import {z} from "zod";
import type {AuditExportQuery} from "../../client/index.ts";
import {GatewayError} from "../../errors.ts";
import type {RouteGuards} from "../../http.ts";
import type {Exporter} from "./export.ts";

const list = <Item extends z.ZodType<string, string>>(item: Item) =>
  z
    .string()
    .max(20_000)
    .transform((text) => text.split(","))
    .pipe(z.array(item).max(256));
const time = z
  .string()
  .max(40)
  .refine((text) => !Number.isNaN(Date.parse(text)), "an RFC 3339 time such as 2026-01-31T12:00:00Z")
  .transform((text) => new Date(text).toISOString());
const part = z.string().min(1).max(256);

const exportQuery = z.strictObject({
  format: z.enum(["csv", "json", "pdf", "zip"]),
  language: z.enum(["en", "de"]).optional(),
  machine: list(z.string().min(1).max(64)).optional(),
  type: list(z.string().min(1).max(64)).optional(),
  kind: list(z.enum(["critical", "alarm", "batch", "access", "other"])).optional(),
  actor: part.optional(),
  subject: part.optional(),
  value: part.optional(),
  text: part.optional(),
  from: time.optional(),
  to: time.optional(),
  state: z.enum(["verified", "waiting"]).optional(),
  review: z.enum(["open", "reviewed", "question", "handed-over"]).optional(),
});

export function addExportRoute(app: FastifyInstance, exporter: Exporter, guards: RouteGuards): void {
  app.get(
    "/export",
    {
      // A HEAD would count, record and begin an export that nobody takes.
      exposeHeadRoute: false,
      preHandler: guards.authorize("audit:export"),
      schema: {summary: "Everything a filter finds, as CSV, JSON, PDF, or a zip with proofs", tags: ["audit"]},
    },
    async (request, reply) => {
      // A reader who leaves ends the work, also while the hits are still being counted.
      const left = new AbortController();
      reply.raw.once("close", () => left.abort());
      const {facts, fileName, mediaType, bytes} = await exporter.begin(queryOf(request.query), {
        actor: request.identity!.actor,
        role: request.identity!.role,
        signal: left.signal,
      });
      reply
        .type(mediaType)
        .header("content-disposition", `attachment; filename="${fileName}"`)
        .header("cache-control", "no-store")
        .header("x-tanglegate-entries", facts.count)
        .header("x-tanglegate-recorded", `${facts.recordedAs.machine}/${facts.recordedAs.seq}`);
      return reply.send(Readable.from(bytes, {objectMode: false}));
    },
  );
}

function queryOf(query: unknown): AuditExportQuery {
  const parsed = exportQuery.safeParse(query);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const field = issue.path.join(".") || "the query";
    throw new GatewayError("audit/invalid", `${field}: ${issue.message}.`, {field});
  }
  const {machine, type, kind, format, ...rest} = parsed.data;
  const given = Object.entries({...rest, machines: machine, types: type, kinds: kind});
  return {format, ...Object.fromEntries(given.filter(([, value]) => value !== undefined))};
}
