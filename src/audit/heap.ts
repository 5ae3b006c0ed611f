/** A heap: `pop` gives the item that comes before all others. */
export interface Heap<Item> {
  readonly size: number;
  push(item: Item): void;
  peek(): Item | undefined;
  pop(): Item | undefined;
}

/** `isBefore`: a strict order. */
export function createHeap<Item>(isBefore: (a: Item, b: Item) => boolean): Heap<Item> {
  const items: Item[] = [];
  const swap = (a: number, b: number) => {
    [items[a], items[b]] = [items[b]!, items[a]!];
  };
  return {
    get size() {
      return items.length;
    },
    push: (item) => {
      let at = items.push(item) - 1;
      for (let parent = (at - 1) >> 1; at > 0 && isBefore(items[at]!, items[parent]!); parent = (at - 1) >> 1) {
        swap(at, parent);
        at = parent;
      }
    },
    peek: () => items[0],
    pop: () => {
      const first = items[0];
      const last = items.pop();
      if (first === undefined || items.length === 0) return first;
      items[0] = last!;
      for (let at = 0; ; ) {
        const left = 2 * at + 1;
        let least = at;
        if (left < items.length && isBefore(items[left]!, items[least]!)) least = left;
        if (left + 1 < items.length && isBefore(items[left + 1]!, items[least]!)) least = left + 1;
        if (least === at) return first;
        swap(at, least);
        at = least;
      }
    },
  };
}
