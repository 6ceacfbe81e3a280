import type { GraphQLResolveInfo } from 'graphql'
import { Arg, FieldResolver, Info, Resolver, Root } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { NullableMutation } from '../graphql/mutation.js'
import { selectedParts } from '../graphql/selection.js'
import { parse } from '../input.js'
import { Member, MemberPayload } from '../member/member.types.js'
import type { MemberRow } from '../snapshot/snapshot.types.js'
import { pauseRule, resumeRule } from './pause.input.js'
import type { Pauses } from './pause.service.js'
import { Pause, PauseDaysInput, ResumeDaysInput } from './pause.types.js'

@Resolver(() => Member)
export class PauseResolver {
  readonly #pauses: Pauses

  constructor(pauses: Pauses) {
    this.#pauses = pauses
  }

  @FieldResolver(() => [Pause], {
    description: 'Days that neither make nor break a streak, oldest first; those that are over 31 days ago are not kept.',
  })
  pauses(@Root() { id }: MemberRow): Promise<Pause[]> {
    return this.#pauses.list(id)
  }

  @NullableMutation(() => MemberPayload, {
    description: `Days off, from today on, 366 at most: they neither make nor break a streak, and no notification rings. Pauses that overlap or
adjoin become one, which bears the id of the one that was made first.`,
  })
  async pauseDays(
    @MemberId() memberId: string,
    @Arg('input', () => PauseDaysInput) input: PauseDaysInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<{ member: MemberRow }> {
    return { member: await this.#pauses.pause(memberId, parse(pauseRule, input), selectedParts(info)) }
  }

  @NullableMutation(() => MemberPayload, {
    description: 'Takes back what of a pause is not over: its days from today on. One that is over stays as it is.',
  })
  async resumeDays(
    @MemberId() memberId: string,
    @Arg('input', () => ResumeDaysInput) input: ResumeDaysInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<{ member: MemberRow }> {
    return { member: await this.#pauses.resume(memberId, parse(resumeRule, input), selectedParts(info)) }
  }
}
