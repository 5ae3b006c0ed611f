type Attributes = Readonly<Record<string, string>>;
type Child = Node | string | null;

/** Makes an element. Text is always text, never markup. */
export function element(name: string, attributes: Attributes, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** Bars of equal width from left to right, the highest value filling the height. `label` is the picture in words. */
export function bars(values: readonly number[], label: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "pulse");
  svg.setAttribute("viewBox", `0 0 ${values.length * 10} 48`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${label}: ${values.join(", ")}`);
  const highest = Math.max(1, ...values);
  values.forEach((value, index) => {
    const height = Math.max(2, (46 * value) / highest);
    const bar = document.createElementNS(SVG, "rect");
    for (const [key, size] of Object.entries({x: index * 10 + 1, y: 48 - height, width: 8, height, rx: 1.5})) {
      bar.setAttribute(key, String(size));
    }
    svg.append(bar);
  });
  return svg;
}
