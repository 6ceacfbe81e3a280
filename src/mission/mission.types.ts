import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { DayReceipt } from '../day/day.types.js'
import { MutationInput } from '../graphql/mutation.js'
import { NullableField } from '../graphql/nullable-field.js'
import { LocalDate } from '../graphql/scalars.js'
import { Member } from '../member/member.types.js'
import { Node } from '../node/node.types.js'
import { DayOfWeek } from '../notification/notification.types.js'

export const MissionType = { BASIC: 'BASIC', TODAY: 'TODAY' } as const
export type MissionType = keyof typeof MissionType
registerEnumType(MissionType, {
  name: 'MissionType',
  description: 'The two kinds of mission.',
  valuesConfig: { BASIC: { description: 'Repeats every day.' }, TODAY: { description: 'Belongs to one day.' } },
})

export const DayPhase = { PAST: 'PAST', TODAY: 'TODAY', FUTURE: 'FUTURE' } as const
export type DayPhase = keyof typeof DayPhase
registerEnumType(DayPhase, { name: 'DayPhase', description: "Where a date stands beside the member's today." })

@ObjectType({ description: 'A line of the template.', simpleResolvers: true, implements: Node })
export class Mission implements Node {
  @Field(() => ID, { description: 'A UUID.' })
  id!: string

  @Field(() => String, { description: '1 to 100 code points.' })
  content!: string

  @Field(() => Int, { description: 'Grows with every change of the content and of the days.' })
  version!: number

  @Field(() => [DayOfWeek], { description: 'The days on which the line is on the list; every day unless changed. Monday first.' })
  daysOfWeek!: DayOfWeek[]
}

@ObjectType({ description: "One line of one day's checklist.", simpleResolvers: true })
export class ChecklistItem {
  @Field(() => ID, { description: "Unique for each mission and date, so that a client's cache can key on it." })
  id!: string

  @NullableField(() => ID, 'What checkMission takes. Null in a closed day whose mission is gone since.')
  missionId?: string | null

  @Field(() => MissionType, { description: 'Whether it repeats or belongs to this day alone.' })
  type!: MissionType

  @Field(() => String, { description: 'What there is to do; in a closed day, the wording as it was then.' })
  content!: string

  @Field(() => Boolean, { description: 'Whether it is done.' })
  isChecked!: boolean
}

@ObjectType({ description: 'The checklist of a scenario on one day.', simpleResolvers: true, implements: Node })
export class Checklist implements Node {
  @Field(() => ID, { description: 'Opaque. The same for a scenario and a date, whichever way it was asked for.' })
  id!: string

  @Field(() => LocalDate, { description: 'Which day.' })
  date!: string

  @Field(() => DayPhase, { description: "Where the day stands beside the member's today." })
  phase!: DayPhase

  @Field(() => Boolean, {
    description:
      'True from a short grace after the end of the day on (two minutes by default): a tap must say when it was made (checkedAt) to count for it.',
  })
  closed!: boolean

  @Field(() => [ChecklistItem], { description: 'BASIC missions in template order, then TODAY missions, newest first.' })
  items!: ChecklistItem[]

  @Field(() => Int, { description: 'How many items are done.' })
  checkedCount!: number

  @Field(() => Int, { description: 'How many items there are.' })
  totalCount!: number
}

@InputType({ description: 'A mission for one day.' })
export class AddTodayMissionInput extends MutationInput {
  @NullableField(() => ID, 'A UUID made by the client, so that a retry is safe. The server makes one where it is left out.')
  id?: string | null

  @Field(() => ID, { description: 'Which scenario it is added to.' })
  scenarioId!: string

  @NullableField(() => LocalDate, "The member's today where it is left out.")
  date?: string | null

  @Field(() => String, { description: '1 to 100 code points.' })
  content!: string
}

@InputType({ description: 'Which mission is to go.' })
export class DeleteTodayMissionInput extends MutationInput {
  @Field(() => ID, { description: 'The id of a TODAY mission.' })
  missionId!: string
}

@InputType({ description: 'What a TODAY mission is to say.' })
export class UpdateTodayMissionInput extends MutationInput {
  @Field(() => ID, { description: 'The id of a TODAY mission.' })
  missionId!: string

  @Field(() => String, { description: '1 to 100 code points.' })
  content!: string
}

@ObjectType({ description: 'The checklist after a change.', simpleResolvers: true })
export class ChecklistPayload {
  @Field(() => Member, { description: 'The member as it is now, with the list.' })
  member!: Member

  @NullableField(() => ChecklistItem, 'The item that was added, changed or checked; null where it is gone.')
  item?: ChecklistItem | null

  @NullableField(() => DayReceipt, 'The receipt of the day as it is now, where the day is over and has one already.')
  receipt?: DayReceipt | null

  @Field(() => Checklist, { description: 'The whole checklist of that day.' })
  checklist!: Checklist
}
