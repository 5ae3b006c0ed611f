import type {Audit} from "../audit/index.ts";
import type {GatewayStatus} from "../client/index.ts";
import type {Clock} from "../clock.ts";
import {type Config, isLoopback, type LoadedConfig, urlOf} from "../config/index.ts";
import type {EdgeNode} from "../edge-node/index.ts";
import {lanAddress, ownNames} from "../tls/index.ts";
import {VERSION} from "../version.ts";
import {readFieldState} from "./field-state.ts";
import type {ProxyTarget} from "./routes/proxy.ts";

interface StatusSources {
  readonly clock: Clock;
  readonly node: EdgeNode;
  readonly audit: Audit;
  readonly field: ProxyTarget;
}

/** Reads the state of everything for `/status`. */
export function createStatusReader(
  {config, isDemo}: LoadedConfig,
  {clock, node, audit, field}: StatusSources,
): () => Promise<GatewayStatus> {
  const startedAt = new Date(clock.now()).toISOString();
  const {node_red} = config;
  return async () => {
    const {isHealthy, because, confirmedMilestone, tips, unreferencedBlocks} = node.status();
    const verdicts = audit.machines();
    const accepting = audit.state();
    const count = (state: string) => verdicts.filter((verdict) => verdict.state === state).length;
    return {
      version: VERSION,
      site: config.site.name,
      isDemo,
      startedAt,
      now: new Date(clock.now()).toISOString(),
      clock: clock.state(),
      node: {
        networkName: node.network.protocol.networkName,
        isHealthy,
        because,
        milestone:
          confirmedMilestone === null
            ? null
            : {index: confirmedMilestone.index, time: new Date(confirmedMilestone.timestamp * 1000).toISOString()},
        tips,
        unreferencedBlocks,
      },
      audit: {
        machines: verdicts.length,
        entries: verdicts.reduce((sum, {entries}) => sum + entries, 0),
        waiting: count("waiting"),
        broken: count("broken"),
        because: accepting.isAccepting ? null : accepting.because,
      },
      field: await readFieldState(field),
      nodeRedUrl: node_red.enabled ? nodeRedUrlOf(config) : null,
      rssMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
    };
  };
}

// As other machines reach it, when they do.
function nodeRedUrlOf({node_red, rest}: Config): string {
  if (isLoopback(node_red.host)) return urlOf(node_red);
  const isWildcard = node_red.host === "0.0.0.0" || node_red.host === "::";
  const host = isWildcard ? (lanAddress(ownNames()) ?? "127.0.0.1") : node_red.host;
  return urlOf({host, port: node_red.port}).replace("http:", rest.tls === "off" ? "http:" : "https:");
}
