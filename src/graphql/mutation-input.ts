import { Field, ID, InputType } from 'type-graphql'

/** The input of a mutation that is safe to send twice. */
@InputType()
export abstract class MutationInput {
  @Field(() => ID, {
    nullable: true,
    description: `A UUID that the client makes once for each thing it wants, and sends again with each retry. What was done before is not
done once more, for 24 hours at least: the response is how things are now. Of another input, or another mutation: ID_TAKEN.`,
  })
  operationId?: string | null
}
