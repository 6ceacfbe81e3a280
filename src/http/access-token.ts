import type { FastifyRequest } from 'fastify'

/** The access token that a request bears; null where it bears none. */
export const accessTokenOf = ({ headers }: FastifyRequest): string | null =>
  /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null
