import { Field } from 'type-graphql'

/** A field of a type or of an input that may be null; of an input it may also be left out. */
export const NullableField = (type: Parameters<typeof Field>[0], description: string) => Field(type, { nullable: true, description })
