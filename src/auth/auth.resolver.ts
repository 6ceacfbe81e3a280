import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Ctx, Info, Resolver } from 'type-graphql'
import { Public } from '../graphql/guard.js'
import { NullableMutation } from '../graphql/mutation.js'
import { selectedParts } from '../graphql/selection.js'
import type { Auth } from './auth.service.js'
import {
  AuthPayload,
  RefreshSessionInput,
  SignInForDevelopmentInput,
  SignInInput,
  SignInNonce,
  SignOutInput,
  SignOutPayload,
} from './auth.types.js'
import type { Sessions, SignedIn } from './sessions.service.js'

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
  signIn(@Arg('input', () => SignInInput) input: SignInInput, @Ctx('ip') ip: string, @Info() info: GraphQLResolveInfo): Promise<SignedIn> {
    return this.#auth.signIn(input, ip, selectedParts(info))
  }

  @Public()
  @NullableMutation(() => AuthPayload, { description: 'Rotates the refresh token. A token used twice revokes its whole family.' })
  refreshSession(
    @Arg('input', () => RefreshSessionInput) input: RefreshSessionInput,
    @Ctx('ip') ip: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SignedIn> {
    return this.#sessions.refresh(input, ip, selectedParts(info))
  }

  @Public()
  @NullableMutation(() => SignOutPayload, {
    description: 'Ends the session that a refresh token belongs to. The refresh token is enough: the access token may have expired.',
  })
  async signOut(@Arg('input', () => SignOutInput) input: SignOutInput, @Ctx('ip') ip: string): Promise<SignOutPayload> {
    await this.#sessions.signOut(input, ip)
    return { signedOut: true }
  }
}

/** Left out of the schema in production. */
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
    @Arg('input', () => SignInForDevelopmentInput) input: SignInForDevelopmentInput,
    @Ctx('ip') ip: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SignedIn> {
    return this.#auth.signInForDevelopment(input, ip, selectedParts(info))
  }
}
