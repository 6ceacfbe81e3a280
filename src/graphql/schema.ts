import { type GraphQLSchema, isInterfaceType } from 'graphql'
import { buildSchemaSync, type NonEmptyArray, type PubSub } from 'type-graphql'
import { guardRootFields } from './guard.js'

/** type-graphql wants one wherever there is a subscription, also where each brings its own source. */
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
  /** The whole of our dependency injection: type-graphql asks for a class, we hand back the instance. */
  const instances = new Map(resolvers.map((resolver) => [resolver.constructor as ResolverClass, resolver]))
  const schema = buildSchemaSync({
    resolvers: [...instances.keys()] as unknown as NonEmptyArray<ResolverClass>,
    container: { get: (type) => instances.get(type as ResolverClass) },
    validate: false,
    pubSub: unused,
  })
  // The rows of an interface bear `__typename`. type-graphql's own way is asynchronous, which graphql-jit does not know.
  for (const type of Object.values(schema.getTypeMap())) if (isInterfaceType(type)) type.resolveType = undefined
  return guardRootFields(schema)
}
