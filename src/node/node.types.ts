import { Field, ID, InterfaceType } from 'type-graphql'

@InterfaceType({ description: "What a client's cache keeps under its id. Ids are unique over all types." })
export abstract class Node {
  @Field(() => ID, { description: 'Opaque: nothing is to be read out of it.' })
  id!: string
}
