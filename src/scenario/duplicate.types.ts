import { Field, ID, InputType } from 'type-graphql'
import { MutationInput } from '../graphql/mutation.js'

@InputType({ description: 'Which scenario is to be copied.' })
export class DuplicateScenarioInput extends MutationInput {
  @Field(() => ID, { description: 'Which scenario.' })
  id!: string

  @Field(() => ID, {
    nullable: true,
    description: "The copy's id: a UUID made by the client, so that a retry is safe. The server makes one where it is left out.",
  })
  newId?: string | null
}
