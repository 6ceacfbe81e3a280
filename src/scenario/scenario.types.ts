import { Field, ID, InputType, Int, ObjectType } from 'type-graphql'
import { MutationInput } from '../graphql/mutation.js'
import { NullableField } from '../graphql/nullable-field.js'
import { DateTime } from '../graphql/scalars.js'
import { Member } from '../member/member.types.js'
import { Mission } from '../mission/mission.types.js'
import { Node } from '../node/node.types.js'
import { DayOfWeek, Notification, NotificationInput } from '../notification/notification.types.js'

@ObjectType({
  description: 'Something to think of before leaving: an ordered checklist that starts fresh every day.',
  simpleResolvers: true,
  implements: Node,
})
export class Scenario implements Node {
  @Field(() => ID, { description: "A UUID, the server's or the client's." })
  id!: string

  @Field(() => String, { description: '1 to 50 code points.' })
  name!: string

  @NullableField(() => String, '0 to 200 code points.')
  memo?: string | null

  @Field(() => Int, {
    description: 'Grows with every change to this scenario: its fields, its template, its notification. Give it back as expectedVersion.',
  })
  version!: number

  @Field(() => Notification, { description: 'When it calls for attention.' })
  notification!: Notification

  @Field(() => [Mission], { description: 'The checklist that repeats every day, in order: the template.' })
  basicMissions!: Mission[]

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: string

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string
}

@InputType({
  description: `With the id of a line of this scenario: that line, in its new place. With any other id: a new line that bears it, so that a
retry makes no second one. Without an id the server makes one.`,
})
export class BasicMissionInput {
  @NullableField(
    () => ID,
    'The id of a line of this scenario, or a UUID made by the client. ID_TAKEN where something else bears it, or has borne it.',
  )
  id?: string | null

  @Field(() => String, { description: '1 to 100 code points.' })
  content!: string

  @NullableField(
    () => [DayOfWeek],
    'The days on which the line is on the list, one at least; a day named twice counts once. Left out: as it was, or every day.',
  )
  daysOfWeek?: DayOfWeek[] | null
}

@InputType({ description: 'A new scenario.' })
export class CreateScenarioInput extends MutationInput {
  @NullableField(() => ID, 'A UUID made by the client, so that a retry is safe. The server makes one where it is left out.')
  id?: string | null

  @Field(() => String, { description: '1 to 50 code points.' })
  name!: string

  @NullableField(() => String, '0 to 200 code points.')
  memo?: string | null

  @NullableField(() => NotificationInput, 'Inactive where it is left out.')
  notification?: NotificationInput | null

  @NullableField(() => [BasicMissionInput], 'The template in order, 100 lines at most.')
  basicMissions?: BasicMissionInput[] | null
}

@InputType({
  description: `A field left out, or null, stays as it is; but a memo that is null is emptied. basicMissions, where given, is the whole new
template in order.`,
})
export class UpdateScenarioInput extends MutationInput {
  @Field(() => ID, { description: 'Which scenario.' })
  id!: string

  @NullableField(() => Int, 'The version that the change is made from. Where it is no longer current: VERSION_CONFLICT, nothing changed.')
  expectedVersion?: number | null

  @NullableField(() => String, '1 to 50 code points.')
  name?: string | null

  @NullableField(() => String, '0 to 200 code points; null empties it.')
  memo?: string | null

  @NullableField(() => NotificationInput, 'Its fields that are left out stay as they are.')
  notification?: NotificationInput | null

  @NullableField(
    () => [BasicMissionInput],
    `The whole new template in order, 100 lines at most: lines that others have added meanwhile go. Send expectedVersion with it;
to change single lines, addMission, updateMission, moveMission and deleteMission keep what others have changed.`,
  )
  basicMissions?: BasicMissionInput[] | null
}

@InputType({
  description: `The neighbours between which the scenario was dropped, as the client saw them: prevId null
means the top, nextId null the end. The server works from the list as it stands under the
lock: it puts the scenario right after prevId; where prevId is gone, right before nextId;
where both are gone, ORDER_CONFLICT with the list as it stands. Both may be null only where the list
has no other scenario; else BAD_USER_INPUT.`,
})
export class MoveScenarioInput extends MutationInput {
  @Field(() => ID, { description: 'Which scenario moves.' })
  id!: string

  @NullableField(() => ID, 'The scenario before the place; null means the top.')
  prevId?: string | null

  @NullableField(() => ID, 'The scenario after the place; null means the end.')
  nextId?: string | null

  @NullableField(() => Int, 'Where given and no longer current: ORDER_CONFLICT, nothing moved.')
  expectedListVersion?: number | null
}

@InputType({ description: 'Which scenario is to be copied.' })
export class DuplicateScenarioInput extends MutationInput {
  @Field(() => ID, { description: 'Which scenario.' })
  id!: string

  @NullableField(() => ID, "The copy's id: a UUID made by the client, so that a retry is safe. The server makes one where it is left out.")
  newId?: string | null
}

@InputType({ description: 'Which scenario is to go.' })
export class DeleteScenarioInput extends MutationInput {
  @Field(() => ID, { description: 'Which scenario.' })
  id!: string

  @NullableField(
    () => Int,
    'Where given and no longer current: VERSION_CONFLICT, nothing deleted. Of one that is deleted already, any will do.',
  )
  expectedVersion?: number | null
}

@ObjectType({ description: 'The scenario that was made or changed, and the list with it.', simpleResolvers: true })
export class ScenarioPayload {
  @Field(() => Member, { description: 'The member as it is now, with the list.' })
  member!: Member

  @Field(() => Scenario, { description: 'The scenario as it is now.' })
  scenario!: Scenario

  @Field(() => [Scenario], { description: 'The whole list in its order.' })
  scenarios!: Scenario[]

  @Field(() => Int, { description: "The list's version now." })
  listVersion!: number
}

@ObjectType({ description: 'The list after a move.', simpleResolvers: true })
export class MoveScenarioPayload extends ScenarioPayload {
  @Field(() => Boolean, { description: 'True where the move had to rebalance every position.' })
  rebalanced!: boolean
}
