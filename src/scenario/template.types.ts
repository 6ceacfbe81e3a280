import { Field, ID, InputType, Int } from 'type-graphql'
import { MutationInput } from '../graphql/mutation.js'
import { NullableField } from '../graphql/nullable-field.js'
import { DayOfWeek } from '../notification/notification.types.js'

@InputType()
abstract class NeighboursInput extends MutationInput {
  @NullableField(() => ID, 'The line before the place.')
  prevId?: string | null

  @NullableField(() => ID, 'The line after the place.')
  nextId?: string | null
}

@InputType({
  description: `A new line of a template, between the neighbours that the client saw: right after prevId; where that is gone, right before
nextId; where both are gone, or none is given, at the end. nextId alone means the top.`,
})
export class AddMissionInput extends NeighboursInput {
  @NullableField(() => ID, 'A UUID made by the client, so that a retry is safe. The server makes one where it is left out.')
  id?: string | null

  @Field(() => ID, { description: 'Which scenario it is added to.' })
  scenarioId!: string

  @Field(() => String, { description: '1 to 100 code points.' })
  content!: string

  @NullableField(() => [DayOfWeek], 'The days on which the line is on the list: one at least. Every day where they are left out.')
  daysOfWeek?: DayOfWeek[] | null
}

@InputType({ description: 'A field left out, or null, stays as it is.' })
export class UpdateMissionInput extends MutationInput {
  @Field(() => ID, { description: 'Which line of a template.' })
  id!: string

  @NullableField(
    () => Int,
    "The line's version that the change is made from. Where it is no longer current: VERSION_CONFLICT, nothing changed.",
  )
  expectedVersion?: number | null

  @NullableField(() => String, '1 to 100 code points.')
  content?: string | null

  @NullableField(() => [DayOfWeek], 'The days on which the line is on the list from today on: one at least.')
  daysOfWeek?: DayOfWeek[] | null
}

@InputType({
  description: `The neighbours between which a line was dropped, as the client saw them: it goes right after prevId; where that is gone,
right before nextId; where both are gone, or none is given, to the end. nextId alone means the top.`,
})
export class MoveMissionInput extends NeighboursInput {
  @Field(() => ID, { description: 'Which line of a template.' })
  id!: string
}

@InputType({ description: 'Which line is to go.' })
export class DeleteMissionInput extends MutationInput {
  @Field(() => ID, { description: 'Which line of a template.' })
  id!: string
}
