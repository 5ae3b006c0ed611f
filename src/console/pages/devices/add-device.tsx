import {useEffect, useState} from "preact/hooks";
import type {
  DeviceConnection,
  DeviceDefinition,
  DeviceTest,
  Page,
  ProfileSummary,
  ScanFinding,
  ScanJob,
} from "../../../client/index.ts";
import {ask, get, post, put, remove} from "../../api.ts";
import {count, liveFigure, readingText, THIN_SPACE} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {refresh} from "../../live.ts";
import {go, pathTo} from "../../location.ts";
import {Field, Form, sentenceOfFailure} from "../../parts/form.tsx";
import {pointLabel} from "../../parts/point-label.ts";
import {Sheet} from "../../parts/sheet.tsx";
import {State} from "../../parts/state.tsx";
import {connectionOf, type DeviceDraft, draftOf, EMPTY_DRAFT} from "./draft.ts";
import {WORDS} from "./words.ts";

const POLL_MS = 700;
const READINGS_SHOWN = 12;
// Trying may take several time-outs of the device.
const TEST_MS = 40_000;

/** A new device: found by a scan or entered by hand, tried, then kept. `onAdded`: what happens after it is kept. */
export function AddDevice({onClose, onAdded}: {onClose: () => void; onAdded?: (id: string) => void}) {
  const words = wordsIn(WORDS);
  return (
    <Sheet title={words.addTitle} onClose={onClose}>
      <AddDeviceForm onAdded={onAdded ?? ((id) => go(pathTo("devices", id)))} />
    </Sheet>
  );
}

/** The same without a sheet, for the setup. */
export function AddDeviceForm({onAdded}: {onAdded: (id: string) => void}) {
  const words = wordsIn(WORDS);
  const [draft, setDraft] = useState<DeviceDraft>(EMPTY_DRAFT);
  return (
    <>
      <Scan onTake={(finding) => setDraft(draftOf(finding))} />
      <section class="stack" aria-labelledby="by-hand">
        <h3 id="by-hand">{words.handTitle}</h3>
        <ByHand draft={draft} onChange={setDraft} onAdded={onAdded} />
      </section>
    </>
  );
}

function Scan({onTake}: {onTake: (finding: ScanFinding) => void}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const [target, setTarget] = useState("");
  const [port, setPort] = useState("502");
  const [job, setJob] = useState<ScanJob | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const isRunning = job?.state === "running";
  useEffect(() => {
    if (job === null || !isRunning) return;
    const timer = setTimeout(() => {
      get<ScanJob>(`/api/field/v1/scan/${job.id}`).then(setJob, (error: unknown) => {
        setProblem(sentenceOfFailure(error));
        setJob({...job, state: "failed"});
      });
    }, POLL_MS);
    return () => clearTimeout(timer);
  }, [job]);
  const start = async () => {
    setProblem(null);
    setJob(await post<ScanJob>("/api/field/v1/scan", {target: target.trim(), port: Number(port)}));
  };
  return (
    <section class="stack" aria-labelledby="scan">
      <h3 id="scan">{words.scanTitle}</h3>
      <Form
        onSubmit={start}
        button={words.scan}
        isReady={!isRunning && target.trim() !== ""}
        beside={
          isRunning ? (
            <button class="button second" type="button" onClick={() => void remove(`/api/field/v1/scan/${job.id}`)}>
              {words.scanStop}
            </button>
          ) : null
        }
      >
        <Field label={words.scanTarget} hint={words.scanHint}>
          <input
            value={target}
            required
            spellcheck={false}
            autocapitalize="none"
            onInput={(event) => setTarget(event.currentTarget.value)}
          />
        </Field>
        <Field label={words.scanPort}>
          <input
            type="number"
            min={1}
            max={65535}
            value={port}
            onInput={(event) => setPort(event.currentTarget.value)}
          />
        </Field>
      </Form>
      {problem === null ? null : <p class="problem">{problem}</p>}
      {job === null ? null : (
        <div role="status" class="stack tight">
          {isRunning ? (
            <>
              <p>{words.scanning(count(job.done, locale), count(job.total, locale))}</p>
              <div class="bar">
                <i style={{width: `${(100 * job.done) / Math.max(1, job.total)}%`}} />
              </div>
            </>
          ) : (
            <p>
              {words.scanDone(job.found.length)} {job.found.length === 0 ? words.scanNothing : ""} {job.reason}
            </p>
          )}
          {job.found.map((finding) => (
            <Finding key={JSON.stringify(finding.connection)} finding={finding} onTake={() => onTake(finding)} />
          ))}
        </div>
      )}
    </section>
  );
}

function Finding({finding, onTake}: {finding: ScanFinding; onTake: () => void}) {
  const words = wordsIn(WORDS);
  return (
    <div class="finding">
      <div class="row spread">
        <strong>{finding.profile ?? addressOf(finding.connection)}</strong>
        <State mood={finding.confidence === "certain" ? "good" : finding.confidence === "likely" ? "wait" : "none"}>
          {words.confidences[finding.confidence]}
        </State>
      </div>
      <p class="small quiet">
        {addressOf(finding.connection)} · {finding.why}
      </p>
      {finding.answered.length === 0 ? null : <p class="small">{finding.answered.join(" · ")}</p>}
      {finding.device === null ? (
        <div>
          <button class="button second" type="button" onClick={onTake}>
            {words.take}
          </button>
        </div>
      ) : (
        <p class="small">
          <a href={pathTo("devices", finding.device)}>{finding.device}</a> {words.already}
        </p>
      )}
    </div>
  );
}

function addressOf(connection: DeviceConnection): string {
  switch (connection.protocol) {
    case "modbus-tcp":
      return `${connection.host}:${connection.port}, unit ${connection.unitId}`;
    case "modbus-rtu":
      return `${connection.path}, unit ${connection.unitId}`;
    case "opc-ua":
      return connection.endpoint;
  }
}

interface ByHandProps {
  readonly draft: DeviceDraft;
  readonly onChange: (draft: DeviceDraft) => void;
  readonly onAdded: (id: string) => void;
}

function ByHand({draft, onChange, onAdded}: ByHandProps) {
  const words = wordsIn(WORDS);
  const [profiles, setProfiles] = useState<readonly ProfileSummary[]>([]);
  const [tried, setTried] = useState<DeviceTest | "trying" | string | null>(null);
  useEffect(() => {
    get<Page<ProfileSummary>>("/api/field/v1/profiles").then(
      ({items}) => setProfiles(items),
      () => undefined,
    );
  }, []);
  const change = (changes: Partial<DeviceDraft>) => {
    setTried(null);
    onChange({...draft, ...changes});
  };
  const input = (name: keyof DeviceDraft, more: Record<string, unknown> = {}) => (
    <input
      value={String(draft[name])}
      spellcheck={false}
      autocapitalize="none"
      onInput={(event) => change({[name]: event.currentTarget.value})}
      {...more}
    />
  );
  const isOpc = draft.protocol === "opc-ua";
  const fitting = profiles.filter(({protocol}) => (protocol === "opc-ua") === isOpc);
  const definition = (): DeviceDefinition => ({
    id: draft.id.trim(),
    ...(draft.name.trim() === "" ? {} : {name: draft.name.trim()}),
    connection: connectionOf(draft),
    profile: draft.profile === "" ? null : draft.profile,
    periodMs: Math.round(Number(draft.periodS.replace(",", ".")) * 1000),
  });
  const tryNow = async () => {
    setTried("trying");
    try {
      const wanted = definition();
      const test = {definition: {...wanted, id: wanted.id === "" ? "try" : wanted.id}};
      setTried(await ask<DeviceTest>("POST", "/api/field/v1/test", test, {timeoutMs: TEST_MS}));
    } catch (error) {
      setTried(sentenceOfFailure(error));
    }
  };
  const save = async () => {
    const wanted = definition();
    await put(`/api/field/v1/devices/${encodeURIComponent(wanted.id)}`, wanted);
    await refresh();
    onAdded(wanted.id);
  };
  return (
    <Form
      onSubmit={save}
      button={words.save}
      isReady={draft.profile !== ""}
      beside={
        <button
          class="button second"
          type="button"
          disabled={draft.profile === "" || tried === "trying"}
          onClick={() => void tryNow()}
        >
          {tried === "trying" ? words.trying : words.tryNow}
        </button>
      }
    >
      <Field label={words.id} hint={words.idHint}>
        {input("id", {required: true, pattern: "[a-zA-Z0-9_][a-zA-Z0-9._\\-]{0,63}"})}
      </Field>
      <Field label={words.displayName}>{input("name", {maxLength: 100, autocapitalize: "sentences"})}</Field>
      <Field label={words.connection}>
        <select
          value={draft.protocol}
          onChange={(event) => change({protocol: event.currentTarget.value as DeviceDraft["protocol"], profile: ""})}
        >
          <option value="modbus-tcp">{words.modbusTcp}</option>
          <option value="opc-ua">{words.opcUa}</option>
        </select>
      </Field>
      {isOpc ? (
        <>
          <Field label={words.endpoint}>
            {input("endpoint", {required: true, placeholder: "opc.tcp://192.168.1.30:4840"})}
          </Field>
          <Field label={words.security}>
            <select value={draft.security} onChange={(event) => change({security: event.currentTarget.value})}>
              {[
                "SignAndEncrypt/Basic256Sha256",
                "SignAndEncrypt/Aes256_Sha256_RsaPss",
                "Sign/Basic256Sha256",
                "None/None",
              ].map((choice) => (
                <option key={choice} value={choice}>
                  {choice.replace("/", " · ")}
                </option>
              ))}
            </select>
          </Field>
          <div class="pair">
            <Field label={words.user}>{input("user", {autocomplete: "off"})}</Field>
            <Field label={words.password}>{input("password", {type: "password", autocomplete: "new-password"})}</Field>
          </div>
          <label class="check">
            <input
              type="checkbox"
              checked={draft.isTrusting}
              onChange={(event) => change({isTrusting: event.currentTarget.checked})}
            />
            {words.trust}
          </label>
        </>
      ) : (
        <>
          <Field label={words.host}>{input("host", {required: true, placeholder: "192.168.1.20"})}</Field>
          <div class="pair">
            <Field label={words.port}>{input("port", {type: "number", min: 1, max: 65535, required: true})}</Field>
            <Field label={words.unitId}>{input("unitId", {type: "number", min: 0, max: 255, required: true})}</Field>
          </div>
        </>
      )}
      <Field label={words.profile} hint={draft.profile === "" ? words.needProfile : undefined}>
        <select value={draft.profile} onChange={(event) => change({profile: event.currentTarget.value})}>
          <option value="" />
          {fitting.map(({name, manufacturer, model}) => (
            <option key={name} value={name}>
              {manufacturer} {model}
            </option>
          ))}
        </select>
      </Field>
      <Field label={`${words.period} (${words.seconds})`}>
        {input("periodS", {inputMode: "decimal", required: true})}
      </Field>
      <Tried outcome={tried} profile={profiles.find(({name}) => name === draft.profile)} />
    </Form>
  );
}

function Tried({outcome, profile}: {outcome: DeviceTest | string | null; profile: ProfileSummary | undefined}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  if (outcome === null || outcome === "trying") return <div role="status" />;
  if (typeof outcome === "string") return <p class="problem">{outcome}</p>;
  if (!outcome.isReachable)
    return (
      <p class="problem" role="status">
        {words.unreachable} {outcome.reason} {outcome.remedy}
      </p>
    );
  const points = new Map(profile?.points.map((point) => [point.name, point]));
  return (
    <div role="status" class="stack tight">
      <State mood="good">{words.reachable(liveFigure(outcome.tookMs, locale))}</State>
      <dl class="facts">
        {outcome.readings
          .filter(({value}) => value !== null)
          .slice(0, READINGS_SHOWN)
          .map(({point, value, unit}) => (
            <>
              <dt key={point}>{pointLabel(points.get(point) ?? {name: point, description: null})}</dt>
              <dd>
                {readingText(value, locale, {values: points.get(point)?.values})}
                {unit === null ? "" : THIN_SPACE + unit}
              </dd>
            </>
          ))}
      </dl>
    </div>
  );
}
