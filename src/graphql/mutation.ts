import { Arg, type ClassType, ID, InputType, Mutation } from 'type-graphql'
import { NullableField } from './nullable-field.js'

/** The input of a mutation that is safe to send twice. */
@InputType()
export abstract class MutationInput {
  @NullableField(
    () => ID,
    `A UUID that the client makes once for each thing it wants, and sends again with each retry. What was done before is not
done once more, for 72 hours at least: the response is how things are now. Of another input, or another mutation: ID_TAKEN.`,
  )
  operationId?: string | null
}

/** Nullable, so that a rejected mutation does not hide the results of others beside it. */
export const NullableMutation = (type: () => ClassType, { description }: { description: string }) =>
  Mutation(type, { nullable: true, description })

export const Input = (type: ClassType) => Arg('input', () => type)
