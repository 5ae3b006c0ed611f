// The part of /api/audit/v1 for people who look through the trail. Forms: src/client/audit-review-api.ts.

import type {FastifyPluginAsync, FastifyRequest} from "fastify";
import {z} from "zod";
import type {AuditFilter, EraseInput} from "../client/index.ts";
import type {RouteGuards} from "../http.ts";
import type {Audit} from "./audit.ts";
import type {Caller} from "./entry.ts";
import {count, filterIn, filterQuery, machineParameters, notFound, readForm, withoutUndefined} from "./route-forms.ts";

const cursor = z.string().max(200).optional();
const searchQuery = filterQuery.extend({
  order: z.enum(["newest", "oldest"]).optional(),
  pageSize: z.coerce.number().int().min(1).max(1_000).optional(),
  cursor,
});
const countQuery = filterQuery.extend({cursor});
const densityQuery = filterQuery.extend({buckets: z.coerce.number().int().min(1).max(1_000).optional()});
const names = z.array(z.string().max(64)).min(1).max(256).optional();
const savedForm = filterQuery
  .omit({machine: true, type: true, kind: true})
  .extend({machines: names, types: names, kinds: names});
const filterParameters = z.object({name: z.string().min(1).max(64)});
const eraseParameters = machineParameters.extend({seq: count});
const eraseForm = z.strictObject({reason: z.string().min(1).max(500), legalBasis: z.string().min(1).max(200)});
const planForm = z.strictObject({everyDays: z.number().int().min(0).max(3_660)});

/** Routes below the prefix `/api/audit/v1`. */
export function reviewRoutes(audit: Audit, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    const may = (scope: Parameters<RouteGuards["authorize"]>[0], summary: string) => ({
      preHandler: guards.authorize(scope),
      schema: {summary, tags: ["audit"]},
    });
    const reads = (summary: string) => may("audit:read", summary);

    app.get("/entries", reads("Entries of all machines, newest first"), (request) =>
      audit.search(filterIn(readForm(searchQuery, request.query))),
    );
    app.get("/entries/count", reads("How many entries a filter finds"), (request) =>
      audit.count(filterIn(readForm(countQuery, request.query))),
    );
    app.get("/entries/density", reads("Entries of each kind in equal parts of the time"), (request) =>
      audit.density(filterIn(readForm(densityQuery, request.query))),
    );
    app.get("/entries/facets", reads("Machines, types and actors to filter by"), (request) =>
      audit.facets(filterIn(readForm(filterQuery, request.query))),
    );

    app.post(
      "/machines/:machine/reviews",
      may("audit:review", "Say of entries that they are reviewed, questioned, answered or handed over"),
      async (request, reply) => {
        const {machine} = readForm(machineParameters, request.params);
        return reply.status(201).send(await audit.review(machine, request.body, caller(request)));
      },
    );
    app.get("/machines/:machine/review", reads("What of a machine's log waits for a review"), (request) =>
      audit.reviewOf(readForm(machineParameters, request.params).machine),
    );
    app.put(
      "/machines/:machine/review-plan",
      may("audit:review", "How often a machine's log is reviewed"),
      (request) => {
        const {machine} = readForm(machineParameters, request.params);
        return audit.planReviews(machine, readForm(planForm, request.body), caller(request));
      },
    );
    app.post(
      "/machines/:machine/entries/:seq/erase",
      may("audit:erase", "Erase the body of an entry; its proofs stay"),
      async (request, reply) => {
        const {machine, seq} = readForm(eraseParameters, request.params);
        const input: EraseInput = readForm(eraseForm, request.body);
        return reply.status(201).send(await audit.erase(machine, seq, input, caller(request)));
      },
    );
    app.get("/storage", reads("Size, growth and retention"), () => audit.storage());

    app.get("/filters", reads("Saved filters"), async () => ({items: await audit.filters().list()}));
    app.get("/filters/:name", reads("A saved filter"), async (request) => {
      const {name} = readForm(filterParameters, request.params);
      return audit.filters().get(name) ?? notFound(`There is no filter ${name}.`);
    });
    app.put("/filters/:name", may("audit:review", "Save a filter for everybody"), (request) => {
      const {name} = readForm(filterParameters, request.params);
      const filter = withoutUndefined(readForm(savedForm, request.body)) as AuditFilter;
      return audit.filters().save(name, filter, owner(request));
    });
    app.delete("/filters/:name", may("audit:review", "Remove a saved filter"), async (request, reply) => {
      const {name} = readForm(filterParameters, request.params);
      if (!(await audit.filters().remove(name, owner(request)))) notFound(`There is no filter ${name}.`);
      return reply.status(204).send();
    });
  };
}

function caller(request: FastifyRequest): Caller {
  const {actor, role} = request.identity!;
  return {actor, role};
}

function owner(request: FastifyRequest): {readonly actor: string; readonly mayReplace: boolean} {
  return {actor: request.identity!.actor, mayReplace: request.identity!.scopes.has("admin")};
}
