import { Field, ID, InputType, ObjectType } from 'type-graphql'
import { MutationInput } from '../graphql/mutation.js'
import { DateTime } from '../graphql/scalars.js'

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
