import type { Clock } from '../clock.js'
import type { AppConfig } from '../config.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics/metrics.js'
import type { Tracing } from '../tracing/tracing.js'

/** What everything is built with. `tracing`: null where there is nobody to send traces to. */
export type Base = { config: AppConfig; clock: Clock; metrics: Metrics; tracing: Tracing | null; log: Log }
