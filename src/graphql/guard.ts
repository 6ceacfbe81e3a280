import { defaultFieldResolver, type GraphQLSchema } from 'graphql'
import { Extensions } from 'type-graphql'
import { serviceUnavailable, unauthenticated } from '../errors.js'
import type { Context } from './context.js'

/** Marks a root field that works without an access token: signing in. */
export const Public = () => Extensions({ public: true })

/**
 * Closes each root field that is not marked as public to those who are not signed in, so that a new
 * one is closed by default; and to an operation past its deadline, which was answered already. On
 * root fields only: a global middleware costs more than half of the throughput.
 */
export function guardRootFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const isPublic = field.extensions.public === true
      const resolve = field.resolve ?? defaultFieldResolver
      field.resolve = (source, args, context: Context, info) => {
        if (context.memberId === null && !isPublic) throw unauthenticated()
        if (performance.now() > (context.deadline ?? Number.POSITIVE_INFINITY)) throw serviceUnavailable()
        return resolve(source, args, context, info)
      }
    }
  }
  return schema
}

export function publicFields(schema: GraphQLSchema): Set<string> {
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) => Object.values(type?.getFields() ?? {}))
  return new Set(fields.filter(({ extensions }) => extensions.public === true).map(({ name }) => name))
}
