import { Field, ID, InputType, Int, ObjectType } from 'type-graphql'
import { MutationInput } from '../graphql/mutation.js'
import { NullableField } from '../graphql/nullable-field.js'
import { DateTime, LocalDate, LocalTime, TimeZone } from '../graphql/scalars.js'
import { Node } from '../node/node.types.js'

@ObjectType({ description: 'A person who leaves home, and wants to think of everything.', simpleResolvers: true, implements: Node })
export class Member implements Node {
  @Field(() => ID, { description: 'A UUID.' })
  id!: string

  @Field(() => String, { description: '1 to 50 code points.' })
  nickname!: string

  @Field(() => TimeZone, { description: 'Where the member lives: decides when the day changes.' })
  timeZone!: string

  @Field(() => LocalTime, { description: "When the member's day begins, 00:00 unless changed; a night owl's may be 03:00." })
  dayStartsAt!: string

  @Field(() => LocalDate, { description: "The member's current day, by timeZone and dayStartsAt." })
  today!: string

  @Field(() => DateTime, { description: 'The instant at which today ends: when to ask again.' })
  dayEndsAt!: string

  @Field(() => Boolean, { description: 'While true the feed is empty; what is set on each notification stays as it is.' })
  notificationsPaused!: boolean

  @Field(() => Int, { description: 'Grows with every change to the order or the membership of the scenario list.' })
  listVersion!: number

  @Field(() => DateTime, { description: 'When the member first signed in.' })
  createdAt!: string
}

@InputType({ description: 'A field left out, or null, stays as it is.' })
export class UpdateMemberInput extends MutationInput {
  @NullableField(() => String, '1 to 50 code points.')
  nickname?: string | null

  @NullableField(() => TimeZone, 'An IANA name.')
  timeZone?: string | null

  @NullableField(() => LocalTime, "When the member's day begins.")
  dayStartsAt?: string | null

  @NullableField(() => Boolean, 'True empties the feed until it is false again.')
  notificationsPaused?: boolean | null
}

@ObjectType({ description: 'The member as it is after the change.', simpleResolvers: true })
export class MemberPayload {
  @Field(() => Member, { description: 'The member as it is now.' })
  member!: Member
}

@ObjectType({ description: 'What was deleted.', simpleResolvers: true })
export class DeletePayload {
  @Field(() => ID, { description: 'The id of what is gone.' })
  deletedId!: string

  @NullableField(() => Int, "The list's version after a scenario was deleted; null after a member was.")
  listVersion?: number | null

  @NullableField(() => Member, 'The member as it is now. Null after the member was deleted.')
  member?: Member | null
}
