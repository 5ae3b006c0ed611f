// GET /api/audit/v1/export. Forms: src/client/audit-export-api.ts.

import {Readable} from "node:stream";
import type {FastifyInstance} from "fastify";
import {z} from "zod";
import type {RouteGuards} from "../../http.ts";
import {filterIn, filterQuery, readForm} from "../route-forms.ts";
import type {Exporter} from "./export.ts";

const exportQuery = filterQuery.extend({
  format: z.enum(["csv", "json", "pdf", "zip"]),
  language: z.enum(["en", "de"]).optional(),
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
      const {facts, fileName, mediaType, bytes} = await exporter.begin(filterIn(readForm(exportQuery, request.query)), {
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
