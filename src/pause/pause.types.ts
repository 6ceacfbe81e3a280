import { Field, ID, InputType, ObjectType } from 'type-graphql'
import { MutationInput } from '../graphql/mutation.js'
import { LocalDate } from '../graphql/scalars.js'

@ObjectType({ description: 'Days that neither make nor break a streak, and on which no notification rings.', simpleResolvers: true })
export class Pause {
  @Field(() => ID, { description: 'A UUID. Where pauses are joined, that of the one which was made first.' })
  id!: string

  @Field(() => LocalDate, { description: 'The first day.' })
  from!: string

  @Field(() => LocalDate, { description: 'The last day.' })
  to!: string
}

@InputType({ description: 'Days to take off.' })
export class PauseDaysInput extends MutationInput {
  @Field(() => LocalDate, { description: "The first day: the member's today at the earliest, 731 days after it at the latest." })
  from!: string

  @Field(() => LocalDate, { description: 'The last day: 366 days in all at most, and 731 days after today at the latest.' })
  to!: string
}

@InputType({ description: 'Which pause is to end.' })
export class ResumeDaysInput extends MutationInput {
  @Field(() => ID, { description: 'Which pause.' })
  id!: string
}
