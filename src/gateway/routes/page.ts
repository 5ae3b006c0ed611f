import {readdirSync, readFileSync} from "node:fs";
import path from "node:path";
import {gzipSync} from "node:zlib";
import type {FastifyPluginAsync, FastifyReply, FastifyRequest} from "fastify";
import type {RouteGuards} from "../../http.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};
const POLICY =
  "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

/** First parts of the addresses that the console itself understands; `src/console/frame/pages.ts` has a page for each. */
export const CONSOLE_PATHS = ["audit", "devices", "tangle", "settings", "setup"];

interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly zipped: Buffer;
  /** Its name carries the hash of its contents, so a browser may keep it for ever. */
  readonly isHashed: boolean;
}

/** The console's files, read and compressed once at start; `folder` holds index.html. Deep links get index.html, too. */
export function pageRoutes(folder: string, guards: RouteGuards): FastifyPluginAsync {
  return async (app) => {
    const options = {preHandler: guards.open, schema: {hide: true}};
    const files = new Map(readFiles(folder));
    const index = files.get("/index.html");
    for (const [name, file] of files) {
      // The page that checks proofs runs from disk, out of an export: our policy forbids the script inside it.
      if (file === index || name === "/verify.html") continue;
      app.get(name, options, async (request, reply) => answer(request, reply, file));
    }
    if (index === undefined) return;
    for (const place of ["/", ...CONSOLE_PATHS.flatMap((name) => [`/${name}`, `/${name}/*`])])
      app.get(place, options, async (request, reply) => answer(request, reply, index));
  };
}

function* readFiles(folder: string): Generator<[string, PageFile]> {
  for (const entry of readdirSync(folder, {recursive: true, withFileTypes: true})) {
    const type = TYPES[path.extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const full = path.join(entry.parentPath, entry.name);
    const plain = readFileSync(full);
    const name = `/${path.relative(folder, full).replaceAll(path.sep, "/")}`;
    yield [name, {type, plain, zipped: gzipSync(plain, {level: 9}), isHashed: name.startsWith("/assets/")}];
  }
}

function answer(request: FastifyRequest, reply: FastifyReply, {type, plain, zipped, isHashed}: PageFile): Buffer {
  const mayZip = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  reply
    .header("content-type", type)
    .header("content-security-policy", POLICY)
    .header("vary", "accept-encoding")
    .header("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
  if (mayZip) reply.header("content-encoding", "gzip");
  return mayZip ? zipped : plain;
}
