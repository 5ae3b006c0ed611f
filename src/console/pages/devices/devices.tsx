import "./devices.css";
import type {DeviceStatus} from "../../../client/index.ts";
import {count} from "../../format.ts";
import {language, wordsIn} from "../../language.ts";
import {devices, status} from "../../live.ts";
import {go, pathTo, place} from "../../location.ts";
import {DeviceCard} from "../../parts/device-card.tsx";
import {Empty} from "../../parts/empty.tsx";
import {Icon} from "../../parts/icon.tsx";
import {PageHead} from "../../parts/page-head.tsx";
import {may} from "../../session.ts";
import {AddDevice} from "./add-device.tsx";
import {DevicePage} from "./device-page.tsx";
import {remedyOf} from "./device-words.ts";
import {WORDS} from "./words.ts";

const VALUES_SHOWN = 4;
/** Last part of the path of the sheet in which a device is added: no device can be called so. */
const NEW = "+";

/** Are all machines and meters read? */
export function DevicesPage() {
  const [, name] = place.value.path;
  if (name !== undefined && name !== NEW) return <DevicePage key={name} id={name} />;
  return <DeviceList isAdding={name === NEW} />;
}

function DeviceList({isAdding}: {isAdding: boolean}) {
  const words = wordsIn(WORDS);
  const isGone = status.value?.field.state === "unreachable";
  const all = devices.value;
  const add = may("field:configure") ? (
    <a class="button" href={pathTo("devices", NEW)}>
      <Icon name="plus" size={18} />
      {words.add}
    </a>
  ) : null;
  return (
    <>
      <div class="row spread">
        <PageHead question={words.question}>{isGone ? words.fieldGone : headline(all)}</PageHead>
        {all.length > 0 ? add : null}
      </div>
      {all.length === 0 && !isGone && status.value !== null ? (
        <Empty title={words.noneTitle}>
          <p>{words.noneText}</p>
          <p>{add}</p>
        </Empty>
      ) : null}
      <div class="cards">
        {all.map((device) => (
          <ListedDevice key={device.id} device={device} />
        ))}
      </div>
      {isAdding ? <AddDevice onClose={() => go(pathTo("devices"))} /> : null}
    </>
  );
}

function headline(all: readonly DeviceStatus[]): string {
  const words = wordsIn(WORDS);
  if (status.value === null) return words.loading;
  if (all.length === 0) return words.none;
  const bad = all.filter(({state}) => state === "fault" || state === "stale");
  if (bad.length === 0) return words.allWell(count(all.length, language.value), all.length === 1);
  return all.length === 1 ? words.onlyOneBad(bad[0]!.name) : words.notAll(bad.length, bad[0]!.name);
}

function ListedDevice({device}: {device: DeviceStatus}) {
  return (
    <DeviceCard device={device} values={VALUES_SHOWN} heading="h2">
      <p class="device-facts">
        <span>{device.profile ?? device.protocol}</span>
        <span>{device.address}</span>
      </p>
      {device.reason === null ? null : (
        <p class="problem">
          {device.reason} {remedyOf(device)}
        </p>
      )}
    </DeviceCard>
  );
}
