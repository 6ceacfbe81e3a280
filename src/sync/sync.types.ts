import { Field, ID, ObjectType } from 'type-graphql'
import { SyncToken } from '../graphql/scalars.js'
import { Member } from '../member/member.types.js'
import { Checklist } from '../mission/mission.types.js'
import { Scenario } from '../scenario/scenario.types.js'

@ObjectType({
  description: `What has changed of the member's since a token. A client puts it into its cache, drops what deletedIds names (and what hangs
on it), and keeps the token in place of the one before.`,
  simpleResolvers: true,
})
export class Changes {
  @Field(() => SyncToken, { description: 'What to ask with the next time.' })
  token!: string

  @Field(() => Boolean, {
    description: `True: everything is here, and what a client has beside it is gone. Of checklists beyond the nearest 300 nothing is
told: they are to be read when they are shown.`,
  })
  fullSync!: boolean

  @Field(() => Member, { description: 'The member as it is now; its scenarios are the order of the list.' })
  member!: Member

  @Field(() => [Scenario], { description: 'The scenarios that have changed, whole, in the order of the list.' })
  scenarios!: Scenario[]

  @Field(() => [Checklist], {
    description: `Of the days from yesterday on that have changed: those that have something of their own (a check or a TODAY mission),
today's of the scenarios that have changed, and yesterday's where the template has. With fullSync those of yesterday and today, and later ones
that have something of their own. The nearest 300.`,
  })
  checklists!: Checklist[]

  @Field(() => [ID], {
    description: `The ids of scenarios, missions and notifications that are gone; also of later checklists that a change of their template has
made untrue, and of changed ones beyond the nearest 300: to be read anew when they are shown. Not of pauses, nor of what was in
deletedScenarios: what is left of those, member tells.`,
  })
  deletedIds!: string[]
}
