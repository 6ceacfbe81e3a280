import { Field, ID, InputType, ObjectType } from 'type-graphql'
import { MutationInput } from '../graphql/mutation.js'
import { NullableField } from '../graphql/nullable-field.js'
import { DateTime, TimeZone } from '../graphql/scalars.js'
import { Member } from '../member/member.types.js'

@InputType({ description: 'Who to be, without a password.' })
export class SignInForDevelopmentInput {
  @Field(() => String, { description: 'Any name: the same handle is the same member.' })
  handle!: string

  @NullableField(() => TimeZone, "A new member's zone; UTC where it is left out. Without effect on a member that exists.")
  timeZone?: string | null
}

@InputType({ description: 'What an OpenID Connect provider gave the app, and the nonce that the sign-in was started with.' })
export class SignInInput {
  @Field(() => String, { description: 'The name of a configured provider, such as kakao, apple or google.' })
  provider!: string

  @Field(() => String, { description: "The provider's id token. Where it must hold the nonce as a hash (apple), the app hashed it." })
  idToken!: string

  @Field(() => String, { description: 'The nonce of createSignInNonce, as it came.' })
  nonce!: string

  @NullableField(() => TimeZone, "A new member's zone; UTC where it is left out. Without effect on a member that exists.")
  timeZone?: string | null
}

@ObjectType({ description: 'A nonce for one sign-in.', simpleResolvers: true })
export class SignInNonce {
  @Field(() => String, { description: 'To be put into the sign-in request of the provider. It works once.' })
  nonce!: string

  @Field(() => DateTime, { description: 'When it ceases to work: after five minutes.' })
  expiresAt!: string
}

@InputType({ description: 'The session to go on with.' })
export class RefreshSessionInput {
  @Field(() => String, {
    description: 'The refresh token of the last answer. It works once; within ten seconds of that it gets the same successor again.',
  })
  refreshToken!: string
}

@InputType({ description: 'The session to end.' })
export class SignOutInput {
  @Field(() => String, { description: 'The refresh token whose session is to end.' })
  refreshToken!: string
}

@ObjectType({ description: 'A session: who it is for, and the tokens to go on with.', simpleResolvers: true })
export class AuthPayload {
  @Field(() => Member, { description: 'Who signed in.' })
  member!: Member

  @Field(() => String, { description: 'A JWT: send it as Authorization: Bearer …' })
  accessToken!: string

  @Field(() => DateTime, { description: 'When the access token ends; refresh the session before that.' })
  accessTokenExpiresAt!: string

  @Field(() => String, { description: 'Gets a new pair of tokens from refreshSession. Keep it secret.' })
  refreshToken!: string
}

@ObjectType({ description: 'What signing out did.', simpleResolvers: true })
export class SignOutPayload {
  @Field(() => Boolean, { description: 'True: the session has ended, now or before.' })
  signedOut!: boolean
}

@ObjectType({ description: 'One sign-in, for as long as it is refreshed and not ended.', simpleResolvers: true })
export class Session {
  @Field(() => ID, { description: 'A UUID.' })
  id!: string

  @Field(() => DateTime, { description: 'When the member signed in.' })
  createdAt!: string

  @Field(() => DateTime, { description: 'When it was refreshed last, or else began: it may have been used since.' })
  lastUsedAt!: string

  @Field(() => Boolean, { description: 'True for the session that this request came with.' })
  current!: boolean
}

@InputType({ description: 'The session to end.' })
export class RevokeSessionInput extends MutationInput {
  @Field(() => ID, { description: 'Which session.' })
  id!: string
}
