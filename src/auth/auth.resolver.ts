import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { Public } from '../graphql/guard.js'
import { Input, NullableMutation } from '../graphql/mutation.js'
import { SelectedParts } from '../graphql/selection.js'
import { parse } from '../input.js'
import { Member, MemberPayload } from '../member/member.types.js'
import type { Parts } from '../snapshot/parts.js'
import type { MemberRow } from '../snapshot/snapshot.types.js'
import type { Auth } from './auth.service.js'
import {
  AuthPayload,
  RefreshSessionInput,
  RevokeSessionInput,
  Session,
  SignInForDevelopmentInput,
  SignInInput,
  SignInNonce,
  SignOutInput,
  SignOutPayload,
} from './auth.types.js'
import { revokeRule, type Sessions } from './sessions.service.js'

@Resolver()
export class AuthResolver {
  readonly #auth: Auth
  readonly #sessions: Sessions

  constructor(auth: Auth, sessions: Sessions) {
    this.#auth = auth
    this.#sessions = sessions
  }

  @Public()
  @NullableMutation(() => SignInNonce, { description: "A nonce to put into the provider's sign-in request; single use, five minutes." })
  createSignInNonce(@Ctx('ip') ip: string): Promise<SignInNonce> {
    return this.#auth.createNonce(ip)
  }

  @Public()
  @NullableMutation(() => AuthPayload, { description: 'Signs in with an OpenID Connect id token of a configured provider.' })
  signIn(@Input(SignInInput) input: SignInInput, @Ctx('ip') ip: string, @SelectedParts() parts: Parts) {
    return this.#auth.signIn(input, ip, parts)
  }

  @Public()
  @NullableMutation(() => AuthPayload, {
    description:
      'Rotates the refresh token. Used again within ten seconds, it gives the same successor; later it revokes its whole family.',
  })
  refreshSession(@Input(RefreshSessionInput) input: RefreshSessionInput, @Ctx('ip') ip: string, @SelectedParts() parts: Parts) {
    return this.#sessions.refresh(input, ip, parts)
  }

  @Public()
  @NullableMutation(() => SignOutPayload, {
    description: 'Ends the session that a refresh token belongs to. The refresh token is enough: the access token may have expired.',
  })
  async signOut(@Input(SignOutInput) input: SignOutInput, @Ctx('ip') ip: string): Promise<SignOutPayload> {
    await this.#sessions.signOut(input, ip)
    return { signedOut: true }
  }
}

@Resolver()
export class DevelopmentSignInResolver {
  readonly #auth: Auth

  constructor(auth: Auth) {
    this.#auth = auth
  }

  @Public()
  @NullableMutation(() => AuthPayload, {
    description: 'For development and the playground only; absent from the schema in production. The same handle is the same member.',
  })
  signInForDevelopment(
    @Input(SignInForDevelopmentInput) input: SignInForDevelopmentInput,
    @Ctx('ip') ip: string,
    @SelectedParts() parts: Parts,
  ) {
    return this.#auth.signInForDevelopment(input, ip, parts)
  }
}

@Resolver(() => Member)
export class SessionResolver {
  readonly #sessions: Sessions

  constructor(sessions: Sessions) {
    this.#sessions = sessions
  }

  @FieldResolver(() => [Session], { description: 'Where the member is signed in, the session used last first: 100 at most.' })
  async sessions(@Root() { id }: MemberRow, @Ctx('sessionId') current: string | null): Promise<Session[]> {
    return (await this.#sessions.list(id)).map((session) => ({ ...session, current: session.id === current }))
  }

  @NullableMutation(() => MemberPayload, { description: "Signs one of the member's sessions out." })
  async revokeSession(@MemberId() memberId: string, @Input(RevokeSessionInput) input: RevokeSessionInput, @SelectedParts() parts: Parts) {
    return { member: await this.#sessions.revoke(memberId, parse(revokeRule, input), parts) }
  }

  @NullableMutation(() => SignOutPayload, { description: 'Ends every session of the member, this one too.' })
  async signOutEverywhere(@MemberId() memberId: string): Promise<SignOutPayload> {
    await this.#sessions.revokeAll(memberId)
    return { signedOut: true }
  }
}
