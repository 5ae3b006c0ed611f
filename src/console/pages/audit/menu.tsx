import type {ComponentChildren} from "preact";
import {useEffect, useRef} from "preact/hooks";
import {Icon, type IconName} from "../../parts/icon.tsx";

/** A button that unfolds a small panel over the page. A click elsewhere or Escape folds it. */
export function Menu({
  label,
  name,
  icon,
  onOpen,
  children,
}: {
  /** On the button; `name` reads more before it. */
  label: string;
  name?: string;
  icon?: IconName;
  onOpen?: () => void;
  children: ComponentChildren;
}) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const element = details.current!;
    const onPointer = (event: PointerEvent) => {
      if (event.target instanceof Node && !element.contains(event.target)) element.open = false;
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !element.open) return;
      // The sheet behind it stays open.
      event.preventDefault();
      element.open = false;
      element.querySelector("summary")?.focus();
    };
    document.addEventListener("pointerdown", onPointer);
    element.addEventListener("keydown", onKey);
    return () => document.removeEventListener("pointerdown", onPointer);
  }, []);
  return (
    <details
      class="menu"
      ref={details}
      onToggle={(event) => {
        if (event.currentTarget.open) onOpen?.();
      }}
    >
      <summary class="button second">
        {icon === undefined ? null : <Icon name={icon} size={18} />}
        {name === undefined ? null : <span class="unseen">{name}: </span>}
        <span class="label">{label}</span>
      </summary>
      <div class="panel">{children}</div>
    </details>
  );
}
