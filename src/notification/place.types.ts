import { Field, Float, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { NullableField } from '../graphql/nullable-field.js'
import { LocalTime } from '../graphql/scalars.js'

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
