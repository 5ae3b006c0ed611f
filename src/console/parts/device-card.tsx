import type {ComponentChildren} from "preact";
import type {DeviceStatus} from "../../client/index.ts";
import {pathTo} from "../location.ts";
import {DeviceState} from "./device-state.tsx";
import {keyPointsOf} from "./key-points.ts";
import {LiveValue} from "./live-value.tsx";

interface DeviceCardProps {
  readonly device: DeviceStatus;
  /** Values that are shown, those that people look for first. */
  readonly values: number;
  readonly heading: "h2" | "h3";
  /** Between the heading and the values. */
  readonly children?: ComponentChildren;
}

/** A device with its state and the values that people look for first. */
export function DeviceCard({device, values, heading: Heading, children}: DeviceCardProps) {
  return (
    <article class="card stack tight">
      <div class="row spread">
        <Heading>
          <a href={pathTo("devices", device.id)}>{device.name}</a>
        </Heading>
        <DeviceState state={device.state} />
      </div>
      {children}
      <div>
        {keyPointsOf(device)
          .slice(0, values)
          .map((point) => (
            <LiveValue key={point.name} device={device.id} point={point} />
          ))}
      </div>
    </article>
  );
}
