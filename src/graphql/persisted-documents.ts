import { readFile } from 'node:fs/promises'
import { sha256 } from './document-cache.js'

/** The only documents that are answered, by the SHA-256 of their text in hexadecimal digits. */
export type PersistedDocuments = ReadonlyMap<string, string>

/** Reads a JSON file of { "<sha256>": "<document>" }, as the usual tools for clients write it. */
export async function readPersistedDocuments(file: string): Promise<PersistedDocuments> {
  const documents = new Map(Object.entries(JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>))
  for (const [hash, document] of documents) {
    if (typeof document !== 'string' || sha256(document) !== hash) {
      throw new Error(`PERSISTED_DOCUMENTS_FILE: the document under ${hash} is not the one with this hash.`)
    }
  }
  return documents as Map<string, string>
}

/** The document that a request means, named by its hash or sent whole; null where it is none of the persisted ones. */
export function persistedDocument(documents: PersistedDocuments, { query, hash }: { query: unknown; hash: unknown }): string | null {
  if (typeof query === 'string' && query !== '') return documents.get(sha256(query)) ?? null
  return typeof hash === 'string' ? (documents.get(hash) ?? null) : null
}
