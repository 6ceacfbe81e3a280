import type { Registry } from 'prom-client'
import { observedCounter, observedGauge } from '../metrics/observed.js'
import type { DocumentCache } from './document-cache.js'

/** What the document cache holds and how often it helped, for Prometheus. */
export function watchDocuments(documents: DocumentCache, registry: Registry): void {
  observedCounter({
    registry,
    name: 'doorstep_document_cache_hits_total',
    help: 'Requests whose document was known.',
    read: () => documents.hits,
  })
  observedCounter({
    registry,
    name: 'doorstep_document_cache_misses_total',
    help: 'Documents that had to be parsed, analyzed and validated.',
    read: () => documents.misses,
  })
  observedGauge({
    registry,
    name: 'doorstep_document_cache_entries',
    help: 'Documents that are known.',
    read: () => documents.size,
  })
  observedGauge({
    registry,
    name: 'doorstep_document_cache_bytes',
    help: 'What they hold, once all their operations are compiled: 64 MiB at most.',
    read: () => documents.bytes,
  })
}
