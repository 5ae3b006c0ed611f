import {Counter, collectDefaultMetrics, Gauge, Histogram, Registry} from "prom-client";

/** Makes and keeps the metrics of one process. Names: `tanglegate_<module>_<what>_<unit>`. */
export interface Metrics {
  counter(name: string, help: string): {inc(by?: number): void};
  gauge(name: string, help: string): {set(value: number): void};
  histogram(name: string, help: string, buckets: readonly number[]): {observe(value: number): void};
  /** All of it in Prometheus' text format. */
  text(): Promise<string>;
}

/** `withProcess` adds memory, CPU and event-loop figures of the process. */
export function createMetrics(options: {withProcess: boolean} = {withProcess: false}): Metrics {
  const registry = new Registry();
  if (options.withProcess) collectDefaultMetrics({register: registry});
  const registers = [registry];
  return {
    counter: (name, help) => new Counter({name, help, registers}),
    gauge: (name, help) => new Gauge({name, help, registers}),
    histogram: (name, help, buckets) => new Histogram({name, help, buckets: [...buckets], registers}),
    text: () => registry.metrics(),
  };
}
