import type {DeviceStatus, GatewayStatus, Login, MachineVerdict, Me, Page, Reading} from "../client/index.ts";

/** An answer that is not a success; `status` 0 when there was none. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

let csrf = "";

export async function me(): Promise<Me> {
  const answer = await ask<Me>("GET", "/api/gateway/v1/me");
  csrf = answer.csrf ?? "";
  return answer;
}

export async function login(user: string, password: string): Promise<void> {
  csrf = (await ask<Login>("POST", "/api/gateway/v1/login", {user, password})).csrf;
}

export async function changePassword(current: string, next: string): Promise<void> {
  await ask("POST", "/api/gateway/v1/password", {current, next});
}

export async function logout(): Promise<void> {
  await ask("POST", "/api/gateway/v1/logout", {});
}

export const status = () => ask<GatewayStatus>("GET", "/api/gateway/v1/status");
export const verdicts = async () => (await ask<Page<MachineVerdict>>("GET", "/api/audit/v1/machines")).items;
export const devices = async () => (await ask<Page<DeviceStatus>>("GET", "/api/field/v1/devices")).items;
export const readings = async (device: string) =>
  (await ask<Page<Reading>>("GET", `/api/field/v1/devices/${encodeURIComponent(device)}/readings`)).items;

async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers: Record<string, string> = {"x-csrf-token": csrf};
  if (body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, {method, headers, body: body === undefined ? null : JSON.stringify(body)});
  } catch {
    throw new Refusal(0, "");
  }
  const text = await response.text();
  if (!response.ok) throw new Refusal(response.status, sentenceIn(text));
  return (text === "" ? undefined : JSON.parse(text)) as Answer;
}

function sentenceIn(text: string): string {
  try {
    return String(JSON.parse(text).error.message);
  } catch {
    return text;
  }
}
