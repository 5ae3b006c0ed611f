import type {FastifyReply, FastifyRequest} from "fastify";

/** Media type of serialized blocks and payloads (TIP-25 as the official nodes serve it). */
export const SERIALIZED = "application/vnd.iota.serializer-v1";

/** Sends bytes when the client asks for them, JSON otherwise: an unknown `Accept` means JSON. */
export function sendBytesOrJson(
  request: FastifyRequest,
  reply: FastifyReply,
  forms: {bytes: () => Uint8Array; json: () => unknown},
): FastifyReply {
  reply.header("vary", "Accept");
  if (request.headers.accept?.toLowerCase().includes(SERIALIZED))
    return reply.type(SERIALIZED).send(Buffer.from(forms.bytes()));
  return reply.send(forms.json());
}
