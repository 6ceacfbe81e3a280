import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { DateTime, LocalDate } from '../graphql/scalars.js'

export enum DayCloseSource {
  JOB = 'job',
  LAZY = 'lazy',
}
registerEnumType(DayCloseSource, {
  name: 'DayCloseSource',
  description: 'What closed a day.',
  valuesConfig: {
    JOB: { description: 'The job that runs every minute.' },
    LAZY: { description: 'A change of the member, who came before the job did.' },
  },
})

@ObjectType({ description: 'The receipt that a day was closed: what a calendar shows of it.', simpleResolvers: true })
export class DayReceipt {
  @Field(() => LocalDate, { description: 'Which day.' })
  date!: string

  @Field(() => DateTime, { description: 'When it was closed.' })
  closedAt!: string

  @Field(() => DayCloseSource, { description: 'What closed it.' })
  source!: DayCloseSource

  @Field(() => Int, { description: 'How many missions there were, of all scenarios.' })
  totalCount!: number

  @Field(() => Int, { description: 'How many of them were checked.' })
  checkedCount!: number
}
