type Attributes = Readonly<Record<string, string>>;
type Child = Node | string | null;

/** Makes an element. Text is always text, never markup. */
export function element(name: string, attributes: Attributes, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/**
 * Makes the children of `parent` look like `children`, changing only what differs: focus, selection and scroll position stay.
 * An element that stays keeps its own listeners, so listeners must not close over what changes from one picture to the next.
 */
export function update(parent: Element, children: readonly Node[]): void {
  children.forEach((next, index) => {
    const now = parent.childNodes[index];
    if (now === undefined) parent.append(next);
    else if (now.nodeName !== next.nodeName) now.replaceWith(next);
    else if (now instanceof Element && next instanceof Element) {
      copyAttributes(now, next);
      update(now, [...next.childNodes]);
    } else if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
  });
  while (parent.childNodes.length > children.length) parent.lastChild!.remove();
}

function copyAttributes(to: Element, from: Element): void {
  for (const {name, value} of from.attributes) if (to.getAttribute(name) !== value) to.setAttribute(name, value);
  for (const {name} of [...to.attributes]) if (!from.hasAttribute(name)) to.removeAttribute(name);
}

const SVG = "http://www.w3.org/2000/svg";

/** Bars of one width, the latest at the right edge of `places`, the highest filling the height. `label` is the picture in words. */
export function bars(values: readonly number[], places: number, label: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "pulse");
  svg.setAttribute("viewBox", `0 0 ${places * 10} 48`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${label}: ${values.join(", ")}`);
  const highest = Math.max(1, ...values);
  values.forEach((value, index) => {
    const height = Math.max(2, (46 * value) / highest);
    const bar = document.createElementNS(SVG, "rect");
    for (const [key, size] of Object.entries({
      x: (places - values.length + index) * 10 + 1,
      y: 48 - height,
      width: 8,
      height,
      rx: 1.5,
    })) {
      bar.setAttribute(key, String(size));
    }
    svg.append(bar);
  });
  return svg;
}
