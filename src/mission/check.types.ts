import { Field, ID, InputType, ObjectType } from 'type-graphql'
import { DayReceipt } from '../day/day.types.js'
import type { Code } from '../errors.js'
import { ErrorCode } from '../graphql/error-code.js'
import { MutationInput } from '../graphql/mutation.js'
import { NullableField } from '../graphql/nullable-field.js'
import { DateTime, LocalDate } from '../graphql/scalars.js'
import { Member } from '../member/member.types.js'
import { Checklist, ChecklistItem } from './mission.types.js'

@InputType({ description: 'The state that a mission is to have.' })
export class CheckMissionInput extends MutationInput {
  @Field(() => ID, { description: 'A line of a template, or a TODAY mission.' })
  missionId!: string

  @Field(() => Boolean, { description: 'The state that is wanted.' })
  isChecked!: boolean

  @NullableField(
    () => LocalDate,
    `The day the tap was meant for. Left out: a TODAY mission's own day; the day in which checkedAt is; the member's today
when the server gets it.`,
  )
  date?: string | null

  @NullableField(
    () => DateTime,
    `When the tap was made, for one that arrives late: it counts for a day that is over if it was made in that day, at most 48
hours ago. Without effect on a day that is not over. What is later than now counts as now.`,
  )
  checkedAt?: string | null
}

@InputType({ description: 'What a phone kept while it was away.' })
export class CheckMissionsInput {
  @Field(() => [CheckMissionInput], {
    description: 'In the order in which they were made, 200 at most (more is BAD_USER_INPUT). Each has an operationId of its own.',
  })
  checks!: CheckMissionInput[]
}

@ObjectType({ description: 'Why a check was rejected.', simpleResolvers: true })
export class CheckError {
  @Field(() => ErrorCode, { description: 'What extensions.code of an error would be.' })
  code!: Code

  @Field(() => String, { description: 'For developers.' })
  message!: string
}

@ObjectType({ description: 'How things stand, after the whole list, where one of its checks belongs.', simpleResolvers: true })
export class CheckMissionResult {
  @NullableField(() => ChecklistItem, 'The item that was checked; null where it is gone, or the check was rejected.')
  item?: ChecklistItem | null

  @NullableField(() => Checklist, 'The whole checklist of that day; null where the check was rejected.')
  checklist?: Checklist | null

  @NullableField(() => DayReceipt, 'The receipt of that day, where it is over and has one already.')
  receipt?: DayReceipt | null

  @NullableField(() => CheckError, 'Null where the check was set.')
  error?: CheckError | null
}

@ObjectType({ description: 'What became of a list of checks.', simpleResolvers: true })
export class CheckMissionsPayload {
  @Field(() => Member, { description: 'The member as it is now.' })
  member!: Member

  @Field(() => [CheckMissionResult], { description: 'In the order of the checks.' })
  results!: CheckMissionResult[]
}
