import { type GraphQLSchema, isInterfaceType } from 'graphql'
import { buildSchemaSync, type NonEmptyArray, type PubSub } from 'type-graphql'
import { guardRootFields } from './guard.js'

/** type-graphql wants one for subscriptions, also where each has a source of its own. */
const unused: PubSub = {
  publish() {},
  subscribe() {
    throw new Error('Subscriptions have sources of their own.')
  },
}

type Resolver = object & { constructor: unknown }
// biome-ignore lint/complexity/noBannedTypes: type-graphql knows classes as Function
type ResolverClass = Function

export function createSchema(resolvers: Resolver[]): GraphQLSchema {
  /** Our dependency injection: type-graphql asks for a class, we hand back the instance. */
  const instances = new Map(resolvers.map((resolver) => [resolver.constructor as ResolverClass, resolver]))
  const schema = buildSchemaSync({
    resolvers: [...instances.keys()] as unknown as NonEmptyArray<ResolverClass>,
    container: { get: (type) => instances.get(type as ResolverClass) },
    validate: false,
    pubSub: unused,
  })
  // Rows of an interface bear `__typename`. graphql-jit does not await type-graphql's own way.
  for (const type of Object.values(schema.getTypeMap())) if (isInterfaceType(type)) type.resolveType = undefined
  return guardRootFields(schema)
}
