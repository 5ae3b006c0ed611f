/** Data of a CloudEvent (JSON, version 1.0); null when the payload is none. */
export function eventData<Data>(payload: Uint8Array): Data | null {
  try {
    const event: unknown = JSON.parse(new TextDecoder().decode(payload));
    return ((event as {data?: Data} | null)?.data ?? null) as Data | null;
  } catch {
    return null;
  }
}
