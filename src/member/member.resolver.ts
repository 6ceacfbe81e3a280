import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Info, Query, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { NullableMutation } from '../graphql/mutation.js'
import { selectedParts } from '../graphql/selection.js'
import type { MemberRow } from '../snapshot/snapshot.types.js'
import type { Members } from './member.service.js'
import { DeletePayload, Member, MemberPayload, UpdateMemberInput } from './member.types.js'

@Resolver()
export class MemberResolver {
  readonly #members: Members

  constructor(members: Members) {
    this.#members = members
  }

  @Query(() => Member, { description: 'The signed-in member.' })
  me(@MemberId() memberId: string, @Info() info: GraphQLResolveInfo): Promise<MemberRow> {
    return this.#members.read(memberId, selectedParts(info))
  }

  @NullableMutation(() => MemberPayload, { description: "Changes the member's name, zone or start of day, or pauses the notifications." })
  async updateMember(
    @MemberId() memberId: string,
    @Arg('input', () => UpdateMemberInput) input: UpdateMemberInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<{ member: MemberRow }> {
    return { member: await this.#members.update(memberId, input, selectedParts(info)) }
  }

  @NullableMutation(() => DeletePayload, { description: 'Deletes the member and all that is theirs.' })
  async deleteMember(@MemberId() memberId: string): Promise<DeletePayload> {
    await this.#members.delete(memberId)
    return { deletedId: memberId, member: null }
  }
}
