import { Field, Int, ObjectType } from 'type-graphql'
import { DateTime, LocalDate } from '../graphql/scalars.js'

@ObjectType({ description: 'A receipt says what a calendar shows of a day that is over.', simpleResolvers: true })
export class DayReceipt {
  @Field(() => LocalDate, { description: 'Which day.' })
  date!: string

  @Field(() => DateTime, { description: 'When it was closed.' })
  closedAt!: string

  @Field(() => Int, { description: 'How many missions there were, of all scenarios.' })
  totalCount!: number

  @Field(() => Int, { description: 'How many of them were checked.' })
  checkedCount!: number

  @Field(() => Int, { description: '1, and one more for each time that a late tap was counted.' })
  version!: number

  @Field(() => Boolean, { description: 'True where the day was within a pause.' })
  paused!: boolean
}

export type Streaks = { current: number; longest: number }
