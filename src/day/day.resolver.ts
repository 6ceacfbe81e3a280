import { Arg, FieldResolver, Int, Resolver, Root } from 'type-graphql'
import { LocalDate } from '../graphql/scalars.js'
import { Member } from '../member/member.types.js'
import type { DayHistory } from './day.service.js'
import { DayReceipt, type Streaks } from './day.types.js'

const rule =
  'A streak is a run of days, one after the other, each with at least one mission and all of them checked. Days count once they are closed, but those within a pause: they neither make nor break one.'

@Resolver(() => Member)
export class DayResolver {
  readonly #history: DayHistory
  readonly #streaks = new WeakMap<Member, Promise<Streaks>>()

  constructor(history: DayHistory) {
    this.#history = history
  }

  @FieldResolver(() => [DayReceipt], {
    description: `The receipts of closed days, oldest first, as far back as they are kept (400 days). Of more than 400 days, or with \`to\` before
\`from\`: BAD_USER_INPUT.`,
  })
  dayReceipts(
    @Root() member: Member,
    @Arg('from', () => LocalDate, { description: 'The first day.' }) from: string,
    @Arg('to', () => LocalDate, { description: 'The last day.' }) to: string,
  ) {
    return this.#history.receipts(member.id, from, to)
  }

  @FieldResolver(() => Int, { description: `The streak that ends with the last closed day. ${rule}` })
  async currentStreak(@Root() member: Member): Promise<number> {
    return (await this.#streaksOf(member)).current
  }

  @FieldResolver(() => Int, { description: `The longest streak of the days that receipts are kept of. ${rule}` })
  async longestStreak(@Root() member: Member): Promise<number> {
    return (await this.#streaksOf(member)).longest
  }

  /** Both streaks come from one statement, which runs once for both. */
  #streaksOf(member: Member): Promise<Streaks> {
    const streaks = this.#streaks.get(member) ?? this.#history.streaks(member.id)
    this.#streaks.set(member, streaks)
    return streaks
  }
}
