import { Field, ID, InputType, ObjectType } from 'type-graphql'
import { MutationInput } from '../graphql/mutation.js'
import { DateTime } from '../graphql/scalars.js'

@ObjectType({ description: 'A scenario that was deleted and can be brought back.', simpleResolvers: true })
export class DeletedScenario {
  @Field(() => ID, {
    description: "Its own one, not the scenario's: a client that stores by id keeps both apart. restoreScenario takes it.",
  })
  id!: string

  @Field(() => String, { description: 'Its name.' })
  name!: string

  @Field(() => DateTime, { description: 'When it was deleted.' })
  deletedAt!: string

  @Field(() => DateTime, { description: '30 days after deletedAt: from then on it is gone.' })
  restorableUntil!: string
}

@InputType({ description: 'Which scenario is to come back.' })
export class RestoreScenarioInput extends MutationInput {
  @Field(() => ID, { description: 'Which scenario: the id of the deleted one, or the one that the scenario had.' })
  id!: string
}
