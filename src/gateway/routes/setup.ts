import type {FastifyPluginAsync, FastifyReply} from "fastify";
import {z} from "zod";
import type {SetupAnswer, SetupState} from "../../client/index.ts";
import type {Clock} from "../../clock.ts";
import {carriedAccess, type LoadedConfig, planSetup, SITE_NAME_RULE} from "../../config/index.ts";
import {GatewayError} from "../../errors.ts";
import type {RouteGuards} from "../../http.ts";
import type {Log} from "../../log.ts";
import {callerOf} from "../auth/caller.ts";
import {type RecordAccess, recordOrLog} from "../auth/record.ts";
import {parseBody} from "../body.ts";

const setupForm = z.strictObject({siteName: z.string().max(1000), keepUsers: z.boolean().default(false)});
const DAY_CHARACTERS = 10;
const LOGIN_AGAIN =
  "Everybody is logged out, because the new site has new keys. Log in again with the same user and password.";

interface SetupDependencies {
  readonly clock: Clock;
  readonly record: RecordAccess;
  readonly log: Log;
  /** Null when nobody would start the processes again. */
  readonly startAnew: (() => void) | null;
}

/** From the demo to a site, and a new start, under /api/gateway/v1. */
export function setupRoutes(loaded: LoadedConfig, deps: SetupDependencies) {
  const {home, isDemo, config} = loaded;
  const {clock, record, log, startAnew} = deps;
  return (guards: RouteGuards): FastifyPluginAsync =>
    async (app) => {
      const described = (summary: string) => ({
        preHandler: guards.authorize("admin"),
        schema: {summary, tags: ["gateway"]},
      });

      app.get(
        "/setup",
        described("Whether this is the demo, and what a setup would do"),
        async (): Promise<SetupState> => {
          const because = whyNot(isDemo, startAnew);
          return {
            isDemo,
            siteName: config.site.name,
            canSetUp: because === null,
            because,
            willHappen: isDemo ? WILL_HAPPEN : [],
            nameRule: SITE_NAME_RULE,
          };
        },
      );

      app.post(
        "/setup",
        described("Make the demo a site; the gateway starts again as that site"),
        async (request, reply): Promise<SetupAnswer> => {
          const {siteName, keepUsers} = parseBody(setupForm, request.body);
          const because = whyNot(isDemo, startAnew);
          if (because !== null) throw new GatewayError("setup/conflict", because);
          const files = carriedAccess(home, {keepsUsers: keepUsers});
          const day = new Date(clock.now()).toISOString().slice(0, DAY_CHARACTERS);
          const {setAside} = planSetup(home, {name: siteName, files, day});
          const event = {type: "site-set-up", body: {site: siteName, setAside, address: request.ip}};
          // The plan is on disk, so the site changes; a full disk of the demo must not look like a refusal.
          await recordOrLog(record, log)([event], callerOf(request));
          endAfter(reply, startAnew!);
          return {siteName, setAside, login: LOGIN_AGAIN};
        },
      );

      app.post(
        "/restart",
        described("Start all processes again, with the settings as they are now"),
        async (request, reply) => {
          if (startAnew === null) throw new GatewayError("gateway/conflict", NOT_SUPERVISED);
          // Whatever the trail says: on a full disk a new start may be the way out.
          const event = {type: "gateway-restart-asked", body: {address: request.ip}};
          await recordOrLog(record, log)([event], callerOf(request));
          endAfter(reply, startAnew);
          reply.code(202);
          return {};
        },
      );
    };
}

const WILL_HAPPEN = [
  "The demo and its simulated machines stop; all of it is kept in a folder of its own inside the data folder.",
  "The gateway makes new keys and a private network of its own, and starts again under the new name. This takes about half a minute.",
  "Admins keep their user and password; everybody else does on request. Everybody logs in again.",
  "Flows in Node-RED and devices begin empty: those of the demo are not real.",
] as const;

const NOT_SUPERVISED =
  "Nobody would start this gateway again: it was not started with `tanglegate start` or `tanglegate run`. Stop it and use `tanglegate setup`.";

function whyNot(isDemo: boolean, startAnew: (() => void) | null): string | null {
  if (!isDemo) return "This gateway is a site of its own already. Another site begins in another data folder.";
  return startAnew === null ? NOT_SUPERVISED : null;
}

// The answer first; its end is the last thing this process owes to anybody.
function endAfter(reply: FastifyReply, startAnew: () => void): void {
  reply.code(202).raw.once("close", startAnew);
}
