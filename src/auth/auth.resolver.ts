import { Ctx, Resolver } from 'type-graphql'
import { Public } from '../graphql/guard.js'
import { Input, NullableMutation } from '../graphql/mutation.js'
import { SelectedParts } from '../graphql/selection.js'
import type { Parts } from '../snapshot/parts.js'
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
import type { Sessions } from './sessions.service.js'

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
    @Input(SignInForDevelopmentInput) input: SignInForDevelopmentInput,
    @Ctx('ip') ip: string,
    @SelectedParts() parts: Parts,
  ) {
    return this.#auth.signInForDevelopment(input, ip, parts)
  }
}
