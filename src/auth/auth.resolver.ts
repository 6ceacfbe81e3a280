import { Arg, Mutation, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { Public } from '../graphql/guard.js'
import type { Auth } from './auth.service.js'
import { AuthPayload, RefreshSessionInput, SignInForDevelopmentInput, SignOutInput, SignOutPayload } from './auth.types.js'

@Resolver()
export class AuthResolver {
  readonly #auth: Auth

  constructor(auth: Auth) {
    this.#auth = auth
  }

  @Public()
  @Mutation(() => AuthPayload, { description: 'Rotates the refresh token. A token used twice revokes its whole family.' })
  refreshSession(@Arg('input', () => RefreshSessionInput) input: RefreshSessionInput): Promise<AuthPayload> {
    return this.#auth.refresh(input.refreshToken)
  }

  @Mutation(() => SignOutPayload, { description: 'Ends the session that a refresh token belongs to.' })
  async signOut(@MemberId() memberId: string, @Arg('input', () => SignOutInput) input: SignOutInput): Promise<SignOutPayload> {
    await this.#auth.signOut(memberId, input.refreshToken)
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
  @Mutation(() => AuthPayload, {
    description: 'For development and the playground only; absent from the schema in production. The same handle is the same member.',
  })
  signInForDevelopment(@Arg('input', () => SignInForDevelopmentInput) input: SignInForDevelopmentInput): Promise<AuthPayload> {
    return this.#auth.signInForDevelopment(input)
  }
}
