import { LRUCache } from 'lru-cache'
import type { Context } from './context.js'
import type { Executor } from './executor.js'
import type { Variables } from './limits/variables.js'

/**
 * Runs an operation by POST without Apollo Server, for a client whose Accept header Apollo Server
 * has negotiated before. Both ways give the same bytes (ADR 13).
 */
export class FastPath {
  readonly #executor: Executor
  /** The content type of Apollo Server's responses, by the Accept header. */
  readonly #contentTypes = new LRUCache<string, string>({ max: 100 })

  constructor(executor: Executor) {
    this.#executor = executor
  }

  /** Null where the request has to go to Apollo Server. */
  async respond(accept: string, context: Context, variables: Variables): Promise<{ contentType: string; body: string } | null> {
    const contentType = this.#contentTypes.get(accept)
    if (contentType === undefined || !context.operation) return null
    return { contentType, body: JSON.stringify(await this.#executor.run(context.operation, context, variables)) }
  }

  /** Is told of Apollo Server's responses to a POST. */
  learn(accept: string, contentType: string): void {
    this.#contentTypes.set(accept, contentType)
  }
}
