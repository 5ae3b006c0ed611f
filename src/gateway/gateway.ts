// The composition root of the gateway process: makes every part, hands each what it needs, and starts them in order.

import path from "node:path";
import {type Audit, createAudit, createAuditRoutes, createExporter, type Exporter} from "../audit/index.ts";
import {type Clock, createSystemClock} from "../clock.ts";
import {certificateOf, checkExposure, configuredHosts, isLoopback, type LoadedConfig, urlOf} from "../config/index.ts";
import {createNode, createNodeRoutes, type EdgeNode, presentMessages, publishEvents} from "../edge-node/index.ts";
import {type KeyStore, openKeyStore} from "../identity/index.ts";
import type {Log} from "../log.ts";
import {createMetrics, type Metrics} from "../metrics.ts";
import {createMiner, type Miner} from "../pow/index.ts";
import {createSystemRandom} from "../random.ts";
import {createService, joinServices, type Service} from "../service.ts";
import {openStore, type Store} from "../storage/index.ts";
import {type Certificates, createCertificates, encryptOthers, ownNames} from "../tls/index.ts";
import {VERSION} from "../version.ts";
import {createAccess} from "./access.ts";
import {clockSource, expirySource, fieldSource, nodeSource, tokenExpiries} from "./alarm-sources.ts";
import {type Alarms, createAlarms} from "./alarms.ts";
import {type Broker, createBroker} from "./broker.ts";
import {createClockWatch} from "./clock-state.ts";
import {ensureFirstUser, forgetFirstPassword, isFirstPassword, takeGivenPassword} from "./credentials.ts";
import {createEventStream} from "./event-stream.ts";
import {readDevices} from "./field-state.ts";
import {passAlarms, passAuditEvents, passFieldEvents, passMilestones} from "./live-events.ts";
import {isCoordinator, loadOrFoundNetwork} from "./network.ts";
import {alarmRecorderOf, recorderOf, recordingItself} from "./own-log.ts";
import {setupRoutes} from "./routes/setup.ts";
import {createStatusReader} from "./status.ts";
import {createTangleView} from "./tangle-view.ts";
import {readVerifyPage} from "./verify-page.ts";
import {createWeb} from "./web.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What every part is given. */
interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

const HOUR_MS = 3_600_000;

/**
 * Makes the gateway of a home. Nothing runs before `start`. `startAnew` ends this process and has all started again; null when nobody
 * would. Errors: `config/exposed`, `identity/...`, `network/...`, `storage/...`, `tls/...`.
 */
export async function createGateway(
  loaded: LoadedConfig,
  environment: Environment,
  {log, startAnew}: {readonly log: Log; readonly startAnew: (() => void) | null},
): Promise<Service> {
  const {config, home, isDemo} = loaded;
  const folder = path.join(home, "gateway");
  const watch = createClockWatch();
  const clock = createSystemClock(watch.read);
  const metrics = createMetrics({withProcess: true});
  const surroundings = {clock, log, metrics};
  const keys = await openKeys(folder, environment);
  const network = loadOrFoundNetwork(
    home,
    {name: config.site.name, isDemo},
    {coordinator: await keys.signer("coordinator"), auditLog: await keys.signer("audit-log")},
  );
  const store = await openStore(path.join(folder, "store"));
  const miner = createMiner(config.node.pow_workers === 0 ? {} : {workers: config.node.pow_workers}, {log});
  const node = await makeNode(loaded, {keys, network, store, miner, ...surroundings});
  const audit = createAudit(
    {
      folder: path.join(folder, "audit"),
      name: config.site.name,
      networkName: network.protocol.networkName,
      anchorIntervalMs: config.audit.anchor_interval_ms,
      idleAnchorIntervalMs: config.audit.idle_anchor_interval_ms,
      recheckIntervalMs: config.audit.recheck_interval_hours * HOUR_MS,
      retentionDays: config.audit.retention_days,
    },
    {
      ...surroundings,
      random: createSystemRandom(),
      signer: await keys.signer("audit-log"),
      node: node.client,
      feed: node.feed,
    },
  );

  const access = createAccess(folder, environment, {
    ...surroundings,
    signer: await keys.signer("token"),
    record: recorderOf(audit),
    onPasswordGone: (user) => forgetFirstPassword(home, user),
  });
  const before = await takeGivenPassword(home, access);
  await ensureFirstUser(home, access.users);
  checkExposure(config, {isFirstPassword: isFirstPassword(home, access.users)});
  const {rest, events, field, plant} = config;
  const certificates = makeCertificates(loaded, surroundings);
  const broker = createBroker(
    {
      ...events,
      ...(certificates === null
        ? {}
        : {encrypt: (server) => encryptOthers(server, certificates, (socket) => socket.destroy())}),
      isOpen: isLoopback(events.host) && isLoopback(rest.host),
      present: (topic) => presentMessages(node, topic),
    },
    {...surroundings, identify: access.identify},
  );
  const stream = createEventStream(clock);
  passFieldEvents(broker, stream, log);
  const tangle = createTangleView(node, stream, clock);
  const fieldTarget = {name: "field", url: urlOf(field), token: environment.TANGLEGATE_FIELD_TOKEN ?? ""};
  const alarms = createAlarms(path.join(folder, "alarms.json"), {
    clock,
    log,
    sources: [
      {name: "audit", conditions: audit.conditions},
      nodeSource(node.status, clock),
      clockSource(clock.state, clock),
      fieldSource(() => readDevices(fieldTarget), clock),
      expirySource(() => tokenExpiries(access.tokens.list()), clock),
    ],
    record: alarmRecorderOf(audit),
  });
  const web = createWeb(
    {
      ...rest,
      field: fieldTarget,
      plant: plant.enabled
        ? {
            name: "plant",
            url: urlOf({host: plant.host, port: plant.rest_port}),
            token: environment.TANGLEGATE_PLANT_TOKEN ?? "",
          }
        : null,
    },
    {
      ...surroundings,
      access,
      record: recorderOf(audit),
      broker,
      stream,
      tangle,
      network,
      nodeRoutes: createNodeRoutes(node, {
        version: VERSION,
        otherRoutes: ["audit/v1", "field/v1", "gateway/v1", "mqtt/v1"],
      }),
      auditRoutes: createAuditRoutes(audit, makeExporter(audit, {site: config.site.name, network, clock})),
      alarms,
      readStatus: createStatusReader(loaded, {clock, node, audit, field: fieldTarget}),
      certificates,
      setupRoutes: setupRoutes(loaded, {...surroundings, record: recorderOf(audit), startAnew}),
    },
  );
  access.endings.listen(stream.end);
  access.endings.listen(broker.end);

  return joinServices([
    watch,
    closing(store),
    miner,
    node,
    ...(certificates === null ? [] : [certificates]),
    tangle,
    broker,
    publishing({node, audit, alarms, broker, stream}, surroundings),
    audit,
    access,
    alarms,
    web,
    recordingItself(audit, {facts: {version: VERSION, network: network.protocol.networkName}, before, log}),
  ]);
}

/** Exports are recorded like logins: who took what out of the house is worth a proof. */
function makeExporter(
  audit: Audit,
  {site, network, clock}: {site: string; network: NodeParts["network"]; clock: Clock},
): Exporter {
  return createExporter(
    {site, network, verifyPage: readVerifyPage},
    {clock, freeze: audit.freeze, append: audit.append},
  );
}

function makeCertificates(loaded: LoadedConfig, {clock, log}: Surroundings): Certificates | null {
  const source = certificateOf(loaded);
  if (source === null) return null;
  const own = () => ownNames(configuredHosts(loaded));
  return createCertificates({source, isMaker: true}, {clock, random: createSystemRandom(), log, own});
}

function openKeys(folder: string, environment: Environment): Promise<KeyStore> {
  const kind = environment.TANGLEGATE_KEY_PASSPHRASE ? "environment" : "file";
  return openKeyStore({folder, unlock: {kind}});
}

interface NodeParts extends Surroundings {
  readonly keys: KeyStore;
  readonly network: ReturnType<typeof loadOrFoundNetwork>;
  readonly store: Store;
  readonly miner: Miner;
}

async function makeNode({config}: LoadedConfig, parts: NodeParts): Promise<EdgeNode> {
  const {keys, network, store, miner, clock, log, metrics} = parts;
  const signer = await keys.signer("coordinator");
  return createNode(
    {
      network,
      coordinator: {
        enabled: config.node.coordinator && isCoordinator(network, signer),
        milestoneIntervalMs: config.node.milestone_interval_ms,
        idleIntervalMs: config.node.idle_interval_ms,
        signers: [signer],
      },
    },
    {store, clock, random: createSystemRandom(), log, metrics, miner},
  );
}

interface Sources {
  readonly node: EdgeNode;
  readonly audit: Audit;
  readonly alarms: Alarms;
  readonly broker: Broker;
  readonly stream: ReturnType<typeof createEventStream>;
}

/** What the node and the audit trail tell, to MQTT and to the open pages. */
function publishing({node, audit, alarms, broker, stream}: Sources, {log, metrics}: Surroundings): Service {
  let ends: (() => void)[] = [];
  return createService({
    start: async () => {
      ends = [
        publishEvents(node, ({topic, payload}) => broker.publish(topic, payload), {log, metrics}),
        passMilestones(node.feed, stream),
        passAuditEvents(audit, broker, stream),
        passAlarms(alarms, broker, stream),
      ];
    },
    stop: async () => {
      for (const end of ends) end();
    },
  });
}

function closing(store: Store): Service {
  return createService({start: async () => undefined, stop: () => store.close()});
}
