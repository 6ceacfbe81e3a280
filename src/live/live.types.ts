import { Field, Int, ObjectType } from 'type-graphql'
import { SyncToken } from '../graphql/scalars.js'

@ObjectType({ description: 'That something has changed. What, `changes(since:)` tells.', simpleResolvers: true })
export class ChangeSignal {
  @Field(() => SyncToken, { description: 'How things stand now: what a next stream begins with.' })
  token!: string

  @Field(() => Boolean, { description: 'True where the client has it all already.' })
  upToDate!: boolean

  @Field(() => Int, { description: "The list's version now." })
  listVersion!: number
}
