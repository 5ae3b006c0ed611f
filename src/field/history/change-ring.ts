// The changes of a point that has states, in order of time. A clock that is put back inserts among what is there already; the bound drops
// the oldest.

/** Changes kept of one point. */
export const CHANGES_MAX = 256;
/** Of a value's text. */
const TEXT_MAX = 64;

/** A value that held from a time on; null = no value. */
export interface Change {
  readonly timeMs: number;
  readonly value: string | null;
}

export interface ChangeRing {
  /** The value as it is now; the same as before is no change. */
  note(timeMs: number, value: string | null): void;
  /** A change as it was kept. */
  put(change: Change): void;
  /** From the one that held at `fromMs` to `toMs`, in order of time. */
  changes(fromMs: number, toMs: number): readonly Change[];
  takeChanged(): readonly Change[];
  markChanged(changes: readonly Change[]): void;
}

export function createChangeRing(): ChangeRing {
  let kept: readonly Change[] = [];
  let changed: readonly Change[] = [];
  let present: string | null | undefined;

  const insert = (change: Change) => {
    const after = kept.findLastIndex(({timeMs}) => timeMs <= change.timeMs);
    kept = kept.toSpliced(after + 1, 0, change).slice(-CHANGES_MAX);
  };

  return {
    note: (timeMs, value) => {
      const text = value === null ? null : value.slice(0, TEXT_MAX);
      if (text === present) return;
      present = text;
      const change = {timeMs, value: text};
      insert(change);
      changed = [...changed, change].slice(-CHANGES_MAX);
    },
    put: (change) => {
      present = change.value;
      insert(change);
    },
    changes: (fromMs, toMs) => {
      const first = kept.findLastIndex(({timeMs}) => timeMs <= fromMs);
      return kept.slice(Math.max(0, first)).filter(({timeMs}) => timeMs <= toMs);
    },
    takeChanged: () => {
      const taken = changed;
      changed = [];
      return taken;
    },
    markChanged: (changes) => {
      changed = [...changes, ...changed].slice(-CHANGES_MAX);
    },
  };
}
