import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql'
import { LocalTime } from '../graphql/scalars.js'
import { Node } from '../node/node.types.js'

export enum NotificationMethod {
  PUSH = 'PUSH',
  ALARM = 'ALARM',
}
registerEnumType(NotificationMethod, { name: 'NotificationMethod', description: 'How a phone calls for attention.' })

export enum DayOfWeek {
  MONDAY = 'MONDAY',
  TUESDAY = 'TUESDAY',
  WEDNESDAY = 'WEDNESDAY',
  THURSDAY = 'THURSDAY',
  FRIDAY = 'FRIDAY',
  SATURDAY = 'SATURDAY',
  SUNDAY = 'SUNDAY',
}
registerEnumType(DayOfWeek, { name: 'DayOfWeek', description: 'A day of the week.' })

@ObjectType({
  description: 'When a scenario calls for attention. An active one has a method, a time and at least one day.',
  simpleResolvers: true,
  implements: Node,
})
export class Notification implements Node {
  @Field(() => ID, { description: 'Opaque. The same for as long as there is its scenario.' })
  id!: string

  @Field(() => Boolean, { description: 'Whether phones ring for it.' })
  active!: boolean

  @Field(() => NotificationMethod, { nullable: true, description: 'Null while inactive and never set.' })
  method?: NotificationMethod | null

  @Field(() => [DayOfWeek], { description: 'Monday first; each day once.' })
  daysOfWeek!: DayOfWeek[]

  @Field(() => LocalTime, { nullable: true, description: "When it rings, by the member's wall clock. Null while never set." })
  time?: string | null
}

@InputType({
  description: 'A field left out stays as it is; null empties it. An active notification needs a method, a time and at least one day.',
})
export class NotificationInput {
  @Field(() => Boolean, { description: 'Whether phones are to ring for it.' })
  active!: boolean

  @Field(() => NotificationMethod, { nullable: true, description: 'How a phone calls for attention.' })
  method?: NotificationMethod | null

  @Field(() => [DayOfWeek], { nullable: true, description: 'In any order; a day named twice counts once.' })
  daysOfWeek?: DayOfWeek[] | null

  @Field(() => LocalTime, { nullable: true, description: "When it rings, by the member's wall clock." })
  time?: string | null
}

@ObjectType({ description: 'An active notification, with what of its scenario a phone shows.', simpleResolvers: true })
export class ScenarioNotification {
  @Field(() => ID, { description: 'The scenario that it belongs to.' })
  scenarioId!: string

  @Field(() => String, { description: "The scenario's name." })
  name!: string

  @Field(() => String, { nullable: true, description: "The scenario's memo." })
  memo?: string | null

  @Field(() => NotificationMethod, { description: 'How the phone calls for attention.' })
  method!: NotificationMethod

  @Field(() => [DayOfWeek], { description: 'Monday first; each day once; one at least.' })
  daysOfWeek!: DayOfWeek[]

  @Field(() => LocalTime, { description: "When it rings, by the member's wall clock." })
  time!: string
}

@ObjectType({ description: "All of a member's active notifications.", simpleResolvers: true })
export class NotificationFeed {
  @Field(() => String, {
    description: `A strong validator: equal etags mean equal items. Changes with every change of an item or of the member's zone,
and with nothing else: no tick and no move.`,
  })
  etag!: string

  @Field(() => Boolean, { description: 'True where ifNoneMatch is still the etag.' })
  notModified!: boolean

  @Field(() => [ScenarioNotification], {
    nullable: true,
    description: "Null only where notModified is true. In the order of the scenarios' ids: the list's order has no part in it.",
  })
  items?: ScenarioNotification[] | null
}

@InputType({ description: 'On or off.' })
export class SetNotificationsActiveInput {
  @Field(() => Boolean, { description: 'Whether phones are to ring.' })
  active!: boolean
}
