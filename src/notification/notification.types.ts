import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { MutationInput } from '../graphql/mutation.js'
import { NullableField } from '../graphql/nullable-field.js'
import { LocalTime } from '../graphql/scalars.js'
import { Node } from '../node/node.types.js'
import { type DayName, daysOfTheWeek } from '../weekdays.js'

export const NotificationMethod = { PUSH: 'PUSH', ALARM: 'ALARM' } as const
export type NotificationMethod = keyof typeof NotificationMethod
registerEnumType(NotificationMethod, { name: 'NotificationMethod', description: 'How a phone calls for attention.' })

export const DayOfWeek = Object.fromEntries(daysOfTheWeek.map((day) => [day, day]))
export type DayOfWeek = DayName
registerEnumType(DayOfWeek, { name: 'DayOfWeek', description: 'A day of the week.' })

export const PlaceEvent = { LEAVE: 'LEAVE', ENTER: 'ENTER' } as const
export type PlaceEvent = keyof typeof PlaceEvent
registerEnumType(PlaceEvent, {
  name: 'PlaceEvent',
  description: 'What happens at a place.',
  valuesConfig: { LEAVE: { description: 'The member goes out of the circle.' }, ENTER: { description: 'The member comes into it.' } },
})

/** What the type and the input have in common. */
@ObjectType({ simpleResolvers: true })
@InputType()
abstract class Circle {
  @Field(() => Float, { description: "The center's, in degrees: -90 to 90." })
  latitude!: number

  @Field(() => Float, { description: "The center's, in degrees: -180 to 180." })
  longitude!: number

  @Field(() => Int, { description: '100 to 4,000.' })
  radiusMeters!: number

  @Field(() => PlaceEvent, { description: 'On what it rings.' })
  on!: PlaceEvent
}

@ObjectType({
  description: 'A circle on the earth, and when it counts. Phones watch it; the server never knows where a member is.',
  simpleResolvers: true,
})
export class NotificationPlace extends Circle {
  @NullableField(() => LocalTime, 'Only between these wall-clock times; until may be before from, over midnight. Both null: always.')
  from?: string | null

  @NullableField(() => LocalTime, 'The end of the hours that begin with from; not included.')
  until?: string | null
}

@InputType({ description: 'A circle on the earth, and when it counts.' })
export class NotificationPlaceInput extends Circle {
  @NullableField(() => LocalTime, 'With until: only between the two, by the wall clock. Left out with it: always.')
  from?: string | null

  @NullableField(() => LocalTime, 'Not the same as from. Before it: over midnight.')
  until?: string | null
}

@ObjectType({
  description: 'When a scenario calls for attention. An active one has a method, at least one day, and a time or a place.',
  simpleResolvers: true,
  implements: Node,
})
export class Notification implements Node {
  @Field(() => ID, { description: 'Opaque. The same for as long as there is its scenario.' })
  id!: string

  @Field(() => Boolean, { description: 'Whether phones ring for it.' })
  active!: boolean

  @NullableField(() => NotificationMethod, 'Null while inactive and never set.')
  method?: NotificationMethod | null

  @Field(() => [DayOfWeek], { description: 'Monday first; each day once.' })
  daysOfWeek!: DayOfWeek[]

  @NullableField(() => LocalTime, "When it rings, by the member's wall clock. Null while never set.")
  time?: string | null

  @NullableField(() => NotificationPlace, 'Where it rings as the member leaves or comes; beside the time or in its place.')
  place?: NotificationPlace | null
}

@InputType({
  description: `A field left out stays as it is; null empties it. An active notification needs a method, at least one day, and a time or a
place.`,
})
export class NotificationInput {
  @Field(() => Boolean, { description: 'Whether phones are to ring for it.' })
  active!: boolean

  @NullableField(() => NotificationMethod, 'How a phone calls for attention.')
  method?: NotificationMethod | null

  @NullableField(() => [DayOfWeek], 'In any order; a day named twice counts once.')
  daysOfWeek?: DayOfWeek[] | null

  @NullableField(() => LocalTime, "When it rings, by the member's wall clock.")
  time?: string | null

  @NullableField(() => NotificationPlaceInput, 'Where it rings. Null takes it away.')
  place?: NotificationPlaceInput | null
}

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
zone and start of day, of the days off and of notificationsPaused, and with nothing else: no check and no move. While notifications
are paused it may change although the feed stays empty: with what the feed would be without that.`,
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
