import { type GraphQLSchema, isInterfaceType } from 'graphql'
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
  // The rows of an interface bear `__typename`. type-graphql's own way is asynchronous, which graphql-jit does not know.
  for (const type of Object.values(schema.getTypeMap())) if (isInterfaceType(type)) type.resolveType = undefined
  return guardRootFields(schema)
}
