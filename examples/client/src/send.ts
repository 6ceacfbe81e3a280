import type { ApolloClient, DocumentNode, ErrorLike } from '@apollo/client'
import { type Failure, failureOf, failureOfErrors, hasToWait } from './failures.js'
import { CheckMissionsDocument } from './generated/graphql.js'
import { mutations } from './mutations.js'
import type { Operation, Outcome, Sent } from './operation.js'
import { SessionError, SignedOut } from './session.js'

/** Sends one operation, or checks together; gives an outcome for each. */
export async function send(apollo: ApolloClient, operations: Operation[]): Promise<Sent[]> {
  const [first] = operations as [Operation]
  return first.name === 'checkMission' ? sendChecks(apollo, operations as Operation<'checkMission'>[]) : [await sendOne(apollo, first)]
}

async function sendOne(apollo: ApolloClient, { name, input, operationId }: Operation): Promise<Sent> {
  const mutation: DocumentNode | undefined = mutations[name as keyof typeof mutations]
  if (!mutation) return failedWith({ code: 'BAD_REQUEST', message: `This version of the app does not know ${name}.`, details: {} })
  const { data, error } = await mutate(apollo, mutation, { ...input, operationId })
  const payload = data?.[name] as never
  return payload ? { done: true, payload } : rejected(error)
}

async function sendChecks(apollo: ApolloClient, checks: Operation<'checkMission'>[]): Promise<Sent[]> {
  const input = { checks: checks.map(({ input, operationId }) => ({ ...input, operationId })) }
  const { data, error } = await mutate(apollo, CheckMissionsDocument, input)
  const results = (data?.checkMissions as { results: { error: Failure | null }[] } | null)?.results
  if (results)
    return results.map((result) => (result.error ? failedWith({ ...result.error, details: {} }) : { done: true, payload: result as never }))
  const outcome = rejected(error)
  const isOfOne = checks.length > 1 && outcome !== 'signedOut' && !outcome.done && outcome.failure.code === 'BAD_USER_INPUT'
  return isOfOne ? sendInTurn(apollo, checks) : checks.map(() => outcome)
}

/** One of them is wrong and is to harm no other. In their order, since two may be of one mission; where one has to wait, so do those after it. */
async function sendInTurn(apollo: ApolloClient, checks: Operation<'checkMission'>[]): Promise<Sent[]> {
  const sent: Sent[] = []
  for (const check of checks) {
    const last = sent.at(-1)
    const waits = last === 'signedOut' || (last && !last.done && hasToWait(last.failure))
    sent.push(...(waits ? [last] : await sendChecks(apollo, [check])))
  }
  return sent
}

type Result = { data?: Record<string, unknown> | null; error?: ErrorLike }

const mutate = (apollo: ApolloClient, mutation: DocumentNode, input: object): Promise<Result> =>
  apollo
    .mutate<Record<string, unknown>, { input: object }>({ mutation, variables: { input }, errorPolicy: 'all' })
    .catch((error) => ({ error }))

function rejected(error: ErrorLike | undefined): Sent {
  if (error instanceof SignedOut) return 'signedOut'
  // A refresh has failed, for whatever reason: nobody has rejected the operation, which waits.
  if (error instanceof SessionError) return failedWith({ ...error.failure, code: 'NETWORK' })
  return failedWith(error ? failureOf(error) : failureOfErrors())
}

const failedWith = (failure: Failure): Outcome => ({ done: false, failure })
