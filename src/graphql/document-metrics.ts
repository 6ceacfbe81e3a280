import type { Registry } from 'prom-client'
import { observedIn } from '../metrics/observed.js'
import type { DocumentCache } from './document-cache.js'

/** What the document cache holds and how often it helped, for Prometheus. */
export function watchDocuments(documents: DocumentCache, registry: Registry): void {
  const { gauge, counter } = observedIn(registry)
  counter('doorstep_document_cache_hits_total', 'Requests whose document was known.', () => documents.hits)
  counter('doorstep_document_cache_misses_total', 'Documents that had to be parsed, analyzed and validated.', () => documents.misses)
  gauge('doorstep_document_cache_entries', 'Documents that are known.', () => documents.size)
  gauge('doorstep_document_cache_bytes', 'What they hold, once all their operations are compiled: 64 MiB at most.', () => documents.bytes)
}
