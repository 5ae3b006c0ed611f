import type {FastifyInstance, FastifyReply, FastifyRequest} from "fastify";
import {z} from "zod";
import type {Hex} from "../../bytes.ts";
import {GatewayError, sentenceOf} from "../../errors.ts";
import {errorBody, httpStatusOf} from "../../http.ts";

/** 32-byte id of a path: either case, as TIP-25's nodes take it. */
export const idParameter = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "must be an id: 0x and 64 hex digits")
  .transform((text) => text.toLowerCase() as Hex);

/** `true` or `false` in a query. */
export const booleanParameter = z.enum(["true", "false"], "must be true or false").transform((text) => text === "true");

/** Whole number of a query or a path, 0..2^32 - 1. */
export const numberParameter = z
  .string()
  .regex(/^[0-9]{1,10}$/, "must be a whole number")
  .transform(Number)
  .pipe(z.number().max(4_294_967_295, "must be at most 4294967295"));

/** Query parameters for the OpenAPI description. What they may hold zod says, so that one place decides and words the errors. */
export function described(parameters: Readonly<Record<string, string>>) {
  const properties = Object.entries(parameters).map(([name, description]) => [name, {description}]);
  return {type: "object", properties: Object.fromEntries(properties)};
}

/** Checks the parameters of a request. Errors: `rest/invalid` naming the parameter. */
export function readParameters<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const names = issue.code === "unrecognized_keys" ? issue.keys : issue.path;
  const name = names.join(".") || "the request";
  const reason = issue.code === "unrecognized_keys" ? "is not a parameter of this route" : issue.message;
  throw new GatewayError("rest/invalid", `${name} ${reason}.`, {parameter: name});
}

/** Error of something that is not here. */
export function notFound(what: string): GatewayError {
  return new GatewayError("rest/not-found", `There is no such ${what} on this node.`);
}

/** Gives every error of the routes in `app` TIP-25's body. */
export function setErrorBodies(app: FastifyInstance): void {
  app.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const status = httpStatusOf(error);
    // A bug's sentence is for the log, not for whoever asks.
    const message = status === 500 ? "The node failed to answer; see its log." : sentenceOf(error);
    if (status === 500) request.log.error({err: error}, "request failed");
    return reply.status(status).type("application/json; charset=utf-8").send(errorBody(status, message));
  });
}
