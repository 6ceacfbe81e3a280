import { FieldResolver, Resolver, Root } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { Input, NullableMutation } from '../graphql/mutation.js'
import { SelectedParts } from '../graphql/selection.js'
import { parse } from '../input.js'
import { Member, MemberPayload } from '../member/member.types.js'
import type { Parts } from '../snapshot/parts.js'
import type { MemberRow } from '../snapshot/snapshot.types.js'
import { type Pauses, pauseRule, resumeRule } from './pause.service.js'
import { Pause, PauseDaysInput, ResumeDaysInput } from './pause.types.js'

@Resolver(() => Member)
export class PauseResolver {
  readonly #pauses: Pauses

  constructor(pauses: Pauses) {
    this.#pauses = pauses
  }

  @FieldResolver(() => [Pause], {
    description: 'Days that neither make nor break a streak, oldest first; without those that ended more than 31 days ago.',
  })
  pauses(@Root() { id }: MemberRow): Promise<Pause[]> {
    return this.#pauses.list(id)
  }

  @NullableMutation(() => MemberPayload, {
    description: `Days off, from today on, 366 at most: they neither make nor break a streak, and no notification rings. Pauses that overlap or
adjoin become one, which bears the id of the one that was made first.`,
  })
  async pauseDays(@MemberId() memberId: string, @Input(PauseDaysInput) input: PauseDaysInput, @SelectedParts() parts: Parts) {
    return { member: await this.#pauses.pause(memberId, parse(pauseRule, input), parts) }
  }

  @NullableMutation(() => MemberPayload, {
    description: 'Takes back what of a pause is not over: its days from today on. One that is over stays as it is.',
  })
  async resumeDays(@MemberId() memberId: string, @Input(ResumeDaysInput) input: ResumeDaysInput, @SelectedParts() parts: Parts) {
    return { member: await this.#pauses.resume(memberId, parse(resumeRule, input), parts) }
  }
}
