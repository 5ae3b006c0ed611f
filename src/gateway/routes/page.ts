import {readdirSync, readFileSync} from "node:fs";
import path from "node:path";
import type {FastifyPluginAsync} from "fastify";
import type {RouteGuards} from "../../http.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};
const POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** The console's files, read once at start; `folder` holds index.html. */
export function pageRoutes(folder: string, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    for (const name of readdirSync(folder)) {
      const type = TYPES[path.extname(name)];
      if (type === undefined) continue;
      const contents = readFileSync(path.join(folder, name));
      const options = {preHandler: guards.open, schema: {hide: true}};
      app.get(name === "index.html" ? "/" : `/${name}`, options, async (_request, reply) => {
        reply
          .header("content-type", type)
          .header("content-security-policy", POLICY)
          .header("cache-control", "no-cache");
        return contents;
      });
    }
  };
}
