/** Tells who has to know that a credential ended or may do something else now: open event streams, MQTT clients. */
export interface Endings {
  /** `credential`: see `Caller`. */
  tell(credential: string): void;
  listen(listener: (credential: string) => void): void;
}

export function createEndings(): Endings {
  const listeners: ((credential: string) => void)[] = [];
  return {
    tell: (credential) => {
      for (const listener of listeners) listener(credential);
    },
    listen: (listener) => {
      listeners.push(listener);
    },
  };
}
