import { Field, ID } from 'type-graphql'

/** The field of a mutation's input that makes it safe to send twice. */
export const OperationId = () =>
  Field(() => ID, {
    nullable: true,
    description: `A UUID that the client makes once for each thing it wants, and sends again with each retry. What was done before is not
done once more, for 24 hours at least: the response is how things are now. Of another input, or another mutation: ID_TAKEN.`,
  })
