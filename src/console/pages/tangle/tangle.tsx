import "./tangle.css";
import {useEffect, useRef, useState} from "preact/hooks";
import type {TangleBlock, TangleBlocks, TangleConfirmation, TanglePicture} from "../../../client/index.ts";
import {get} from "../../api.ts";
import {clockTime, count} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {onEvent, status} from "../../live.ts";
import {go, pathTo, place} from "../../location.ts";
import {Copyable} from "../../parts/copyable.tsx";
import {Empty} from "../../parts/empty.tsx";
import {Field} from "../../parts/form.tsx";
import {PageHead} from "../../parts/page-head.tsx";
import {BlockSheet} from "./block-sheet.tsx";
import {MilestoneSheet} from "./milestone-sheet.tsx";
import {BLOCKS_SHOWN, createPicture, type Picture} from "./picture.ts";
import {TagSheet} from "./tag-sheet.tsx";
import {type TangleWords, WORDS} from "./words.ts";

const TABLE_ROWS = 50;
const BLOCK_ID = /^0x[0-9a-fA-F]{64}$/;

/** What happens on the Tangle? The newest blocks as they come, and the way into each. */
export function TanglePage() {
  const words = wordsIn(WORDS);
  const [, kind, name] = place.value.path;
  const [picture, setPicture] = useState<Picture | null>(null);
  // Counts changes of the picture, so that what is said about it beside the canvas is drawn again.
  const [version, setVersion] = useState(0);
  const close = () => go(pathTo("tangle"));
  return (
    <>
      <PageHead question={words.question}>{headline(words, picture)}</PageHead>
      <LivePicture onReady={setPicture} onChange={() => setVersion((before) => before + 1)} />
      <ul class="legend">
        <LegendItem mark="milestone" text={words.legend.milestone} />
        <LegendItem mark="anchor" text={words.legend.anchor} />
        <LegendItem mark="data" text={words.legend.data} />
        <LegendItem mark="checkpoint" text={words.legend.checkpoint} />
        <LegendItem mark="waiting" text={words.legend.waiting} />
        <LegendItem mark="tip" text={words.legend.tip} />
      </ul>
      <Finder />
      <BlockTable picture={picture} version={version} />
      {kind === "block" && name !== undefined ? (
        <BlockSheet key={name} id={name} picture={picture} onClose={close} />
      ) : null}
      {kind === "milestone" && name !== undefined ? <MilestoneSheet key={name} index={name} onClose={close} /> : null}
      {kind === "tag" && name !== undefined ? <TagSheet key={name} tag={name} onClose={close} /> : null}
    </>
  );
}

function headline(words: TangleWords, picture: Picture | null): string {
  const locale = language.value;
  const milestone = status.value?.node.milestone ?? null;
  if (milestone === null) return words.none;
  const blocks = picture === null ? [] : [...picture.layout.placed.values()].map((placed) => placed.block);
  const newest = blocks.reduce((most, {index}) => Math.max(most, index ?? 0), milestone.index);
  // A milestone's own block waits for the next milestone, as it must; it needs nobody's attention.
  const waiting = blocks.filter(({confirmedBy, kind}) => confirmedBy === null && kind !== "milestone").length;
  const index = count(newest, locale);
  return waiting === 0 ? words.calm(index) : words.waiting(index, count(waiting, locale), waiting === 1);
}

function LivePicture({onReady, onChange}: {onReady: (picture: Picture | null) => void; onChange: () => void}) {
  const words = wordsIn(WORDS);
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = useRef<Picture | null>(null);
  const [lit, setLit] = useState<string | null>(null);
  const [isFollowing, setFollowing] = useState(true);
  const [isEmpty, setEmpty] = useState(false);

  useEffect(() => {
    const drawn = createPicture(canvas.current!, {
      onHover: setLit,
      onPick: (id) => go(pathTo("tangle", "block", id)),
      onFollow: setFollowing,
    });
    picture.current = drawn;
    onReady(drawn);
    let isChanged = false;
    const changed = () => {
      if (isChanged) return;
      isChanged = true;
      requestAnimationFrame(() => {
        isChanged = false;
        onChange();
      });
    };
    const fill = () =>
      get<TanglePicture>(`/api/gateway/v1/tangle?limit=${BLOCKS_SHOWN}`).then(({items}) => {
        drawn.add(items);
        setEmpty(items.length === 0);
        changed();
      });
    void fill().catch(() => undefined);
    const ends = [
      onEvent<TangleBlocks>("blocks", ({items, more}) => {
        drawn.add(items);
        setEmpty(false);
        // A burst larger than an event: read the newest ones in one go.
        if (more > 0) void fill().catch(() => undefined);
        changed();
      }),
      onEvent<TangleConfirmation>("confirmed", ({blocks, index}) => {
        drawn.confirm(blocks, index);
        changed();
      }),
    ];
    return () => {
      for (const end of ends) end();
      drawn.end();
      onReady(null);
    };
  }, []);

  useEffect(() => picture.current?.highlight(lit), [lit]);

  const step = (event: KeyboardEvent) => {
    const drawn = picture.current;
    if (drawn === null) return;
    const next = neighbourOf(drawn, lit, event.key);
    if (event.key === "Enter" && lit !== null) go(pathTo("tangle", "block", lit));
    else if (next !== null) {
      drawn.reveal(next);
      setLit(next);
    } else return;
    event.preventDefault();
  };

  const save = () => {
    canvas.current?.toBlob((blob) => {
      if (blob === null) return;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `tangle-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.png`;
      link.click();
      URL.revokeObjectURL(link.href);
    });
  };

  const shown = lit === null ? undefined : picture.current?.layout.placed.get(lit)?.block;
  return (
    <figure class="card tangle-picture">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={`${words.picture}. ${words.pictureHelp}`}
        onKeyDown={step}
      />
      <div class="tangle-tools">
        {isFollowing ? null : (
          <button class="button second" type="button" onClick={() => picture.current?.follow()}>
            {words.toNow}
          </button>
        )}
        <button
          class="button second"
          type="button"
          aria-label={words.further}
          title={words.further}
          onClick={() => picture.current?.zoom(0.8)}
        >
          −
        </button>
        <button
          class="button second"
          type="button"
          aria-label={words.closer}
          title={words.closer}
          onClick={() => picture.current?.zoom(1.25)}
        >
          +
        </button>
        <button class="button second" type="button" onClick={save}>
          PNG<span class="unseen">: {words.png}</span>
        </button>
      </div>
      <figcaption class="tangle-line small" aria-live="polite">
        {isEmpty ? words.emptyText : shown === undefined ? words.hover : lineOf(shown, words)}
      </figcaption>
    </figure>
  );
}

// Left to what a block approves, right to what approves it, up and down to its neighbours in time.
function neighbourOf(picture: Picture, lit: string | null, key: string): string | null {
  const {placed} = picture.layout;
  const all = [...placed.values()];
  const from = lit === null ? undefined : placed.get(lit);
  if (from === undefined) return key.startsWith("Arrow") || key === "End" ? (all.at(-1)?.block.id ?? null) : null;
  switch (key) {
    case "ArrowLeft":
      return from.block.parents.find((id) => placed.has(id)) ?? null;
    case "ArrowRight":
      return picture.layout.children(from.block.id)[0] ?? null;
    case "ArrowUp":
    case "ArrowDown": {
      const sameColumn = all.filter(({column}) => column === from.column).sort((a, b) => a.lane - b.lane);
      const at = sameColumn.indexOf(from) + (key === "ArrowDown" ? 1 : -1);
      return sameColumn[at]?.block.id ?? null;
    }
    case "Home":
      return all[0]?.block.id ?? null;
    case "End":
      return all.at(-1)?.block.id ?? null;
    default:
      return null;
  }
}

function lineOf(block: TangleBlock, words: TangleWords): string {
  const locale = language.value;
  return [
    block.kind === "milestone" ? words.milestone(count(block.index ?? 0, locale)) : words.kinds[block.kind],
    block.tag,
    words.bytes(count(block.bytes, locale)),
    block.confirmedBy === null ? words.pending : words.confirmed(count(block.confirmedBy, locale)),
  ]
    .filter((part) => part !== null)
    .join(" · ");
}

function LegendItem({
  mark,
  text,
}: {
  mark: "milestone" | "anchor" | "data" | "checkpoint" | "waiting" | "tip";
  text: string;
}) {
  const colour = {
    milestone: "var(--text)",
    anchor: "var(--accent)",
    data: "var(--series-1)",
    checkpoint: "var(--quiet)",
    waiting: "var(--quiet)",
    tip: "var(--quiet)",
  }[mark];
  return (
    <li>
      <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
        {mark === "milestone" ? (
          <path d="M11 3l8 8-8 8-8-8z" fill={colour} />
        ) : (
          <circle
            cx="11"
            cy="11"
            r="5.5"
            fill={mark === "waiting" ? "none" : colour}
            stroke={colour}
            stroke-width="2"
          />
        )}
        {mark === "tip" ? <circle cx="11" cy="11" r="9.5" fill="none" stroke={colour} /> : null}
      </svg>
      {text}
    </li>
  );
}

function Finder() {
  const words = wordsIn(WORDS);
  const [text, setText] = useState("");
  const find = () => {
    const wanted = text.trim();
    if (wanted === "") return;
    if (BLOCK_ID.test(wanted)) go(pathTo("tangle", "block", wanted.toLowerCase()));
    else if (/^\d{1,10}$/.test(wanted)) go(pathTo("tangle", "milestone", wanted));
    else go(pathTo("tangle", "tag", wanted));
  };
  return (
    <form
      class="finder"
      onSubmit={(event) => {
        event.preventDefault();
        find();
      }}
    >
      <Field label={words.find}>
        <input
          type="search"
          spellcheck={false}
          autocapitalize="none"
          placeholder={words.findHint}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </Field>
      <button class="button second" type="submit">
        {words.findButton}
      </button>
    </form>
  );
}

// The picture as text: the newest blocks, one a row.
function BlockTable({picture}: {picture: Picture | null; version: number}) {
  const words = wordsIn(WORDS);
  const locale = language.value;
  const [isOpen, setOpen] = useState(false);
  const newest = picture === null || !isOpen ? [] : [...picture.layout.placed.values()].slice(-TABLE_ROWS).reverse();
  if (status.value !== null && picture?.layout.placed.size === 0)
    return (
      <Empty title={words.empty}>
        <p>{words.emptyText}</p>
      </Empty>
    );
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.table}</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>{words.block}</th>
              <th>{words.columns.arrived}</th>
              <th>{words.columns.what}</th>
              <th>{words.columns.tag}</th>
              <th>{words.columns.state}</th>
              <th class="figure">{words.columns.size}</th>
            </tr>
          </thead>
          <tbody>
            {newest.map(({block}) => (
              <tr key={block.id}>
                <td>
                  <Copyable text={block.id} href={pathTo("tangle", "block", block.id)} />
                </td>
                <td>{block.arrivedMs === null ? words.before : clockTime(block.arrivedMs, locale)}</td>
                <td>
                  {block.index === null ? (
                    words.kinds[block.kind]
                  ) : (
                    <a href={pathTo("tangle", "milestone", block.index)}>
                      {words.milestone(count(block.index, locale))}
                    </a>
                  )}
                </td>
                <td>{block.tag === null ? "–" : <a href={pathTo("tangle", "tag", block.tag)}>{block.tag}</a>}</td>
                <td>
                  {block.confirmedBy === null ? words.pending : words.confirmed(count(block.confirmedBy, locale))}
                </td>
                <td class="figure">{words.bytes(count(block.bytes, locale))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
