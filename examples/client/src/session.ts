import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import type { Backoff } from './backoff.js'
import { type Failure, failureOf, failureOfErrors } from './failures.js'
import { either } from './fetching.js'
import {
  RefreshSessionDocument,
  type SessionFragment,
  SignInDocument,
  SignInForDevelopmentDocument,
  type SignInForDevelopmentInput,
  type SignInInput,
  SignOutDocument,
} from './generated/graphql.js'
import { persistently } from './persistently.js'
import { Signal } from './signal.js'
import type { KeyValueStorage } from './storage.js'

/** Who is signed in on this device. `revoked` is true where the server has ended the session, not the member. */
export type SessionState = { memberId: string } | { memberId: null; revoked: boolean }

type Tokens = { memberId: string; accessToken: string; refreshToken: string }

type Options = { url: string; storage: KeyValueStorage; fetch: typeof fetch; timeoutMs: number; backoff: Backoff }

const storageKey = 'doorstep.session'
/** Thrown where there is no session, or none any more. */
export class SignedOut extends Error {}

/** Thrown where a sign-in or a refresh has failed. */
export class SessionError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message)
  }
}

/** The tokens of one member on one device: kept in the storage, refreshed once for all who need it. */
export class Session {
  readonly #options: Options
  readonly #changes = new Signal<SessionState>()
  #tokens: Tokens | null = null
  #refreshing: Promise<string> | null = null
  /** What the storage has had since it could not take the tokens; undefined where it has them. */
  #outdated: string | null | undefined

  /** Is told of each sign-in and sign-out. */
  readonly onChange = this.#changes.listen

  constructor(options: Options) {
    this.#options = options
  }

  get memberId(): string | null {
    return this.#tokens?.memberId ?? null
  }

  get accessToken(): string | null {
    return this.#tokens?.accessToken ?? null
  }

  /** Takes up the session that the storage has. */
  async load(): Promise<void> {
    this.#tokens = await this.#stored()
    if (this.#tokens) this.#changes.emit({ memberId: this.#tokens.memberId })
  }

  async signInForDevelopment(input: SignInForDevelopmentInput): Promise<void> {
    await this.#begin((await this.#send(SignInForDevelopmentDocument, { input })).signInForDevelopment)
  }

  async signIn(input: SignInInput): Promise<void> {
    await this.#begin((await this.#send(SignInDocument, { input })).signIn)
  }

  /** Ends the session here, and at the server where it can be reached. */
  async signOut(): Promise<void> {
    const tokens = this.#tokens
    await this.#end(false)
    if (tokens) await this.#send(SignOutDocument, { input: { refreshToken: tokens.refreshToken } }).catch(() => {})
  }

  /**
   * An access token in place of one that was rejected. Whoever asks meanwhile gets the same; so does one who asks when another tab has
   * done it already. Fails with SignedOut where the session is over, with SessionError where the refresh has failed.
   */
  refresh(rejected: string): Promise<string> {
    this.#refreshing ??= this.#refresh(rejected).finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  async #refresh(rejected: string): Promise<string> {
    const { accessToken, refreshToken } = await this.#takeUp()
    if (accessToken !== rejected) return accessToken
    const send = (signal: AbortSignal) => this.#send(RefreshSessionDocument, { input: { refreshToken } }, signal)
    const [refreshed] = await Promise.allSettled([persistently(send, { isLost, backoff: this.#options.backoff })])
    // Whoever signs out meanwhile ends the successor, too, and who signs in has their own session.
    if (this.#tokens?.refreshToken !== refreshToken) throw new SignedOut()
    // So it is in another tab, which may have refreshed it as well.
    const stored = await this.#takeUp()
    if (stored.refreshToken !== refreshToken) return stored.accessToken
    if (refreshed.status === 'fulfilled') return this.#begin(refreshed.value.refreshSession, false)
    const error = refreshed.reason
    if (!(error instanceof SessionError) || !endsSession(error.failure)) throw error
    await this.#end(true)
    throw new SignedOut()
  }

  /** What the storage has now; SignedOut where that is not the same member's session. */
  async #takeUp(): Promise<Tokens> {
    const before = this.#tokens
    const tokens = await this.#stored()
    // Somebody has signed in or out here while it was read.
    if (this.#tokens !== before) throw new SignedOut()
    this.#tokens = tokens
    if (tokens?.memberId !== before?.memberId)
      this.#changes.emit(tokens ? { memberId: tokens.memberId } : { memberId: null, revoked: false })
    if (!tokens || tokens.memberId !== before?.memberId) throw new SignedOut()
    return tokens
  }

  async #begin(session: SessionFragment | null, isNew = true): Promise<string> {
    if (!session) throw new SessionError(failureOfErrors())
    const { accessToken, refreshToken, member } = session
    this.#tokens = { memberId: member.id, accessToken, refreshToken }
    await this.#store(JSON.stringify(this.#tokens))
    if (isNew) this.#changes.emit({ memberId: member.id })
    return accessToken
  }

  async #end(revoked: boolean): Promise<void> {
    const { memberId } = this
    this.#tokens = null
    const stored = await this.#stored().catch(() => null)
    // Another tab may have signed in as somebody else.
    if (!stored || stored.memberId === memberId) await this.#options.storage.remove(storageKey)
    this.#changes.emit({ memberId: null, revoked })
  }

  /** A storage that is full costs the session its life beyond the program, and no more. */
  async #store(text: string): Promise<void> {
    const { storage } = this.#options
    try {
      await storage.set(storageKey, text)
      this.#outdated = undefined
    } catch {
      // What is there is spent: whoever takes it up ends the session.
      await storage.remove(storageKey).catch(() => {})
      this.#outdated = await storage.get(storageKey).catch(() => null)
    }
  }

  async #stored(): Promise<Tokens | null> {
    const text = await this.#options.storage.get(storageKey)
    if (text === this.#outdated) return this.#tokens
    return text === null ? null : (JSON.parse(text) as Tokens)
  }

  /** Past Apollo Client, which waits for us. */
  async #send<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables, signal?: AbortSignal): Promise<Data> {
    const { url, fetch, timeoutMs } = this.#options
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/graphql-response+json', 'content-type': 'application/json' },
      body: JSON.stringify({ query: print(document), variables }),
      signal: either(signal, AbortSignal.timeout(timeoutMs)),
    })
      .then((response) => response.json())
      .catch((error) => {
        throw new SessionError(failureOf(error))
      })
    if (response.errors || !response.data) throw new SessionError(failureOfErrors(response.errors))
    return response.data
  }
}

/** Whether a refresh token is worth nothing. Whatever else a refresh meets may be over soon. */
const endsSession = ({ code }: Failure): boolean => code === 'UNAUTHENTICATED' || code === 'BAD_USER_INPUT'

const isLost = (error: unknown): boolean => error instanceof SessionError && error.failure.code === 'NETWORK'
