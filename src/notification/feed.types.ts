import { Field, ID, InputType, ObjectType } from 'type-graphql'
import { MutationInput } from '../graphql/mutation.js'
import { NullableField } from '../graphql/nullable-field.js'
import { LocalTime } from '../graphql/scalars.js'
import { DayOfWeek, NotificationMethod } from './notification.types.js'
import { NotificationPlace } from './place.types.js'

/** What items and places have in common. */
@ObjectType({ simpleResolvers: true })
abstract class FeedEntry {
  @Field(() => ID, { description: 'The scenario that it belongs to.' })
  scenarioId!: string

  @Field(() => String, { description: "The scenario's name." })
  name!: string

  @NullableField(() => String, "The scenario's memo.")
  memo?: string | null

  @Field(() => NotificationMethod, { description: 'How the phone calls for attention.' })
  method!: NotificationMethod

  @Field(() => [DayOfWeek], { description: 'Monday first; each day once; one at least.' })
  daysOfWeek!: DayOfWeek[]
}

@ObjectType({ description: 'An active notification that has a time, with what of its scenario a phone shows.', simpleResolvers: true })
export class ScenarioNotification extends FeedEntry {
  @Field(() => LocalTime, { description: "When it rings, by the member's wall clock." })
  time!: string
}

@ObjectType({ description: 'An active notification that has a place, with what of its scenario a phone shows.', simpleResolvers: true })
export class ScenarioPlace extends FeedEntry {
  @Field(() => NotificationPlace, { description: 'Where it rings.' })
  place!: NotificationPlace
}

@ObjectType({
  description: "All of a member's active notifications. One that has a time and a place is in both lists.",
  simpleResolvers: true,
})
export class NotificationFeed {
  @Field(() => String, {
    description: `A strong validator: equal etags mean equal items and places. Changes with every change of one of them, of the member's
zone and start of day and of the days off, and with nothing else: no check and no move.`,
  })
  etag!: string

  @Field(() => Boolean, { description: 'True where ifNoneMatch is still the etag.' })
  notModified!: boolean

  @NullableField(
    () => [ScenarioNotification],
    "Null only where notModified is true. In the order of the scenarios' ids: the list's order has no part in it.",
  )
  items?: ScenarioNotification[] | null

  @NullableField(() => [ScenarioPlace], "Null only where notModified is true. In the order of the scenarios' ids.")
  places?: ScenarioPlace[] | null
}

@InputType({ description: 'On or off.' })
export class SetNotificationsActiveInput extends MutationInput {
  @Field(() => Boolean, { description: 'Whether phones are to ring.' })
  active!: boolean
}
