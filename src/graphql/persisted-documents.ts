import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { sha256 } from './document-cache.js'

/** A document with its SHA-256, by which the document cache knows it. */
export type PersistedDocument = { text: string; digest: string }

/** What graphql-codegen's client preset and Relay's compiler write: hash and document. */
const hashes = z.record(z.string(), z.string())
/** What Apollo's generate-persisted-query-manifest writes. */
const manifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string(), body: z.string() })),
})

const sha256Prefix = /^sha256:/
const isSha256 = /^[0-9a-f]{64}$/

/**
 * The only documents that are answered. An id that is a SHA-256 must be that of its document; any
 * other (Relay's MD5, a SHA-1) is a name. Each is known by the SHA-256 of its text as well.
 */
export class PersistedDocuments {
  readonly #byId = new Map<string, PersistedDocument>()

  static async read(file: string): Promise<PersistedDocuments> {
    return new PersistedDocuments(JSON.parse(await readFile(file, 'utf8')))
  }

  constructor(content: unknown) {
    for (const [id, text] of listOf(content)) {
      const name = id.replace(sha256Prefix, '')
      const document = { text, digest: sha256(text) }
      if (isSha256.test(name) && name !== document.digest) {
        throw new Error(`PERSISTED_DOCUMENTS_FILE: the document under ${id} is not the one with this hash.`)
      }
      this.#byId.set(name, document).set(document.digest, document)
    }
  }

  /** Each of them once. */
  get all(): PersistedDocument[] {
    return [...new Map([...this.#byId.values()].map((document) => [document.digest, document])).values()]
  }

  /** The document that a request sends whole or names; null where it is none of these. */
  find({ query, id }: { query: string | null; id: string | null }): PersistedDocument | null {
    const name = query === null ? id?.replace(sha256Prefix, '') : sha256(query)
    return (name !== undefined && this.#byId.get(name)) || null
  }
}

function listOf(content: unknown): [id: string, text: string][] {
  const written = manifest.safeParse(content)
  if (written.success) return written.data.operations.map(({ id, body }) => [id, body])
  const result = hashes.safeParse(content)
  if (result.success) return Object.entries(result.data)
  throw new Error('PERSISTED_DOCUMENTS_FILE: neither an object of hashes and documents nor an Apollo manifest of version 1.')
}
