import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql'
import { NullableField } from '../graphql/nullable-field.js'
import { LocalTime } from '../graphql/scalars.js'
import { Node } from '../node/node.types.js'
import { type DayName, daysOfTheWeek } from '../weekdays.js'
import { NotificationPlace, NotificationPlaceInput } from './place.types.js'

export const NotificationMethod = { PUSH: 'PUSH', ALARM: 'ALARM' } as const
export type NotificationMethod = keyof typeof NotificationMethod
registerEnumType(NotificationMethod, { name: 'NotificationMethod', description: 'How a phone calls for attention.' })

export const DayOfWeek = Object.fromEntries(daysOfTheWeek.map((day) => [day, day]))
export type DayOfWeek = DayName
registerEnumType(DayOfWeek, { name: 'DayOfWeek', description: 'A day of the week.' })

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
