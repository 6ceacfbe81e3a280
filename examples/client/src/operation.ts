import type { Failure } from './failures.js'
import type { InputOf, MutationName, PayloadOf } from './mutations.js'

/** One thing that the member wants, until the server has done it or said that it won't. */
export type Operation<Name extends MutationName = MutationName> = {
  /** Sent with every try, so that what was done before is not done again. */
  operationId: string
  name: Name
  input: InputOf<Name>
  /** What the cache needs to show it before the server has done it. */
  hint: Record<string, string>
}

export type Outcome<Name extends MutationName = MutationName> = { done: true; payload: PayloadOf<Name> } | { done: false; failure: Failure }

/** Of an operation whose session has ended on the way: it waits for the member to come back. */
export type Sent = Outcome | 'signedOut'

export const signedOut: Outcome & { done: false } = {
  done: false,
  failure: { code: 'SIGNED_OUT', message: 'What was wanted before is kept, and sent when the member signs in again.', details: {} },
}
