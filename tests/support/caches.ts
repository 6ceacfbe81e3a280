import { ApolloClient, gql, HttpLink, InMemoryCache, setLogVerbosity } from '@apollo/client'
import { createClient, fetchExchange } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { type GraphQLSchema, getNamedType, isListType, isObjectType, Kind, parse, type SelectionSetNode, type ValueNode } from 'graphql'
import * as relay from 'relay-runtime'
import { commitMutation, Environment, fetchQuery, Network, RecordSource, Store } from 'relay-runtime'
import type { Client } from './client.js'

// biome-ignore lint/suspicious/noExplicitAny: what comes back is as the query says
type Data = Record<string, any>

/** An app's cache of a member's data, as a library keeps it with no configuration. */
export type Device = {
  /** Through the network, whatever is cached. */
  query(document: string, variables?: Data): Promise<void>
  mutate(document: string, variables: Data): Promise<void>
  /** From the cache alone; null where something is missing in it. */
  cached(document: string, variables?: Data): Data | null
}
type Make = (client: Client, schema: GraphQLSchema) => Device

const address = ({ url }: Client) => `${url}/graphql`
const headers = ({ token }: Client) => ({ authorization: `Bearer ${token}` })

// It warns of each list that gets shorter (docs/api.md).
setLogVerbosity('error')

const apollo: Make = (client) => {
  const link = new HttpLink({ uri: address(client), headers: headers(client) })
  const app = new ApolloClient({ link, cache: new InMemoryCache() })
  return {
    query: async (document, variables = {}) => void (await app.query({ query: gql(document), variables, fetchPolicy: 'network-only' })),
    mutate: async (document, variables) => void (await app.mutate({ mutation: gql(document), variables })),
    cached: (document, variables = {}) => app.cache.readQuery<Data>({ query: gql(document), variables }),
  }
}

const urql: Make = (client) => {
  const app = createClient({
    url: address(client),
    fetchOptions: { headers: headers(client) },
    exchanges: [cacheExchange(), fetchExchange],
  })
  const checked = async (result: PromiseLike<{ error?: Error | undefined }>) => {
    const { error } = await result
    if (error) throw error
  }
  return {
    query: (document, variables = {}) => checked(app.query(document, variables, { requestPolicy: 'network-only' }).toPromise()),
    mutate: (document, variables) => checked(app.mutation(document, variables).toPromise()),
    cached(document, variables = {}) {
      const result = app.readQuery<Data>(document, variables, { requestPolicy: 'cache-only' })
      return result && !result.stale ? (result.data ?? null) : null
    },
  }
}

const relayModern: Make = (client, schema) => {
  const network = Network.create(async ({ text }, variables) => client.request(text as string, variables) as Promise<relay.GraphQLResponse>)
  const environment = new Environment({ network, store: new Store(new RecordSource()) })
  const request = (document: string) => requestOf(document, schema)
  return {
    query: async (document, variables = {}) => void (await fetchQuery(environment, request(document), variables).toPromise()),
    mutate: (document, variables) =>
      new Promise((resolve, reject) => {
        commitMutation(environment, {
          mutation: request(document),
          variables,
          onCompleted: (_, errors) => (errors?.length ? reject(errors[0]) : resolve()),
          onError: reject,
        })
      }),
    cached(document, variables = {}) {
      const { data, isMissingData } = environment.lookup(relay.createOperationDescriptor(request(document), variables).fragment)
      return isMissingData ? null : (data as Data)
    },
  }
}

/** What the Relay compiler would write for an operation without fragments, as far as its runtime needs it. */
function requestOf(document: string, schema: GraphQLSchema): relay.ConcreteRequest {
  const [definition] = parse(document).definitions
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('One operation, without fragments.')
  const name = definition.name?.value ?? 'Operation'
  const argumentDefinitions = (definition.variableDefinitions ?? []).map(({ variable }) => ({
    ...{ kind: 'LocalArgument', name: variable.name.value, defaultValue: null },
  }))
  const type = schema.getRootType(definition.operation)
  const selections = selectionsOf(definition.selectionSet, type)
  const params = { id: null, cacheID: document, name, operationKind: definition.operation, text: document, metadata: {} }
  const fragment = { kind: 'Fragment', name, type: type?.name, metadata: null, abstractKey: null, argumentDefinitions, selections }
  return {
    ...{ kind: 'Request', fragment, operation: { kind: 'Operation', name, argumentDefinitions, selections }, params },
  } as unknown as relay.ConcreteRequest
}

function selectionsOf({ selections }: SelectionSetNode, parent: unknown): object[] {
  return selections.map((node) => {
    const field = isObjectType(parent) && node.kind === Kind.FIELD ? parent.getFields()[node.name.value] : undefined
    if (node.kind !== Kind.FIELD || !field) throw new Error('Fields of object types alone.')
    const args = node.arguments?.map((argument) => argumentOf(argument.name.value, argument.value)) ?? []
    const common = { alias: node.alias?.value ?? null, name: node.name.value, args: args.length > 0 ? args : null, storageKey: null }
    if (!node.selectionSet) return { kind: 'ScalarField', ...common }
    const type = getNamedType(field.type)
    const plural = isListType('ofType' in field.type ? field.type.ofType : field.type)
    return { kind: 'LinkedField', ...common, concreteType: type.name, plural, selections: selectionsOf(node.selectionSet, type) }
  })
}

const argumentOf = (name: string, value: ValueNode) =>
  value.kind === Kind.VARIABLE ? { kind: 'Variable', name, variableName: value.name.value } : { kind: 'Literal', name, value: null }

export const libraries: Record<string, Make> = { 'Apollo Client': apollo, "urql's graphcache": urql, Relay: relayModern }
