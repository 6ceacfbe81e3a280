import type { GraphQLSchema } from 'graphql'
import { buildSchemaSync, type NonEmptyArray } from 'type-graphql'
import { guardRootFields } from './guard.js'

type Resolver = object & { constructor: unknown }
// biome-ignore lint/complexity/noBannedTypes: type-graphql knows classes as Function
type ResolverClass = Function

/** The GraphQL schema of these resolvers. */
export function createSchema(resolvers: Resolver[]): GraphQLSchema {
  /** The whole of our dependency injection: type-graphql asks for a class, we hand back the instance. */
  const instances = new Map(resolvers.map((resolver) => [resolver.constructor as ResolverClass, resolver]))
  const schema = buildSchemaSync({
    resolvers: [...instances.keys()] as unknown as NonEmptyArray<ResolverClass>,
    container: { get: (type) => instances.get(type as ResolverClass) },
    validate: false,
  })
  return guardRootFields(schema)
}
