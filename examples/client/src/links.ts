import { ApolloLink, type Observable } from '@apollo/client'
import { isMutationOperation } from '@apollo/client/utilities'
import { catchError, defer, from, map, of, retry, switchMap, tap, throwError, timer } from 'rxjs'
import { type Backoff, delayAfter } from './backoff.js'
import { type Failure, failureOf, failureOfErrors, isTransient, pauseOf } from './failures.js'
import { type Session, SignedOut } from './session.js'

/** The first may give the token of another tab, which may have expired as well. */
const maxRefreshes = 2

/**
 * Sends the access token. Where it is rejected, the session is refreshed and the operation is sent again: but never as another member than
 * the one who wanted it, who may have signed out meanwhile, here or in another tab.
 */
export function authenticate(session: Session): ApolloLink {
  return new ApolloLink((operation, forward) => {
    const { accessToken, memberId } = session
    const send = (token: string | null, refreshes: number): Observable<ApolloLink.Result> => {
      if (!token || session.memberId !== memberId) return throwError(() => new SignedOut())
      operation.setContext({ headers: { authorization: `Bearer ${token}` } })
      return forward(operation).pipe(
        switchMap((result) => {
          if (!isRejected(result) || refreshes === maxRefreshes) return of(result)
          return from(session.refresh(token)).pipe(switchMap((next) => send(next, refreshes + 1)))
        }),
      )
    }
    return send(accessToken, 0)
  })
}

const isRejected = ({ errors }: ApolloLink.Result) => errors?.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED') === true

class Transient extends Error {
  constructor(
    readonly failure: Failure,
    readonly result: ApolloLink.Result,
  ) {
    super(failure.message)
  }
}

/** Sends a query again that met a server which could not be reached or was too busy. Mutations are the queue's. */
export function retryQueries({ backoff, tries }: { backoff: Backoff; tries: number }): ApolloLink {
  return new ApolloLink((operation, forward) => {
    if (isMutationOperation(operation.query)) return forward(operation)
    return defer(() => forward(operation)).pipe(
      map((result) => {
        const failure = result.errors && failureOfErrors(result.errors)
        if (failure && isTransient(failure)) throw new Transient(failure, result)
        return result
      }),
      retry({
        count: tries - 1,
        delay: (error, failed) => {
          if (error instanceof SignedOut) return throwError(() => error)
          const failure = error instanceof Transient ? error.failure : failureOf(error)
          return isTransient(failure) ? timer(pauseOf(failure) + delayAfter(failed, backoff)) : throwError(() => error)
        },
      }),
      catchError((error) => (error instanceof Transient ? of(error.result) : throwError(() => error))),
    )
  })
}

/** Runs something when a query's result is in the cache: what is shown ahead goes by what was there before. */
export function afterQueries(work: () => void): ApolloLink {
  return new ApolloLink((operation, forward) =>
    forward(operation).pipe(tap(() => isMutationOperation(operation.query) || void setTimeout(work))),
  )
}
