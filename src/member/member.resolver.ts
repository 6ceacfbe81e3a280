import { Arg, Mutation, Query, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import type { Members } from './member.service.js'
import { DeletePayload, Member, MemberPayload, UpdateMemberInput } from './member.types.js'

@Resolver()
export class MemberResolver {
  readonly #members: Members

  constructor(members: Members) {
    this.#members = members
  }

  @Query(() => Member, { description: 'The signed-in member.' })
  me(@MemberId() memberId: string): Promise<Member> {
    return this.#members.read(memberId)
  }

  @Mutation(() => MemberPayload, { description: "Changes the member's name, zone or start of day." })
  async updateMember(
    @MemberId() memberId: string,
    @Arg('input', () => UpdateMemberInput) input: UpdateMemberInput,
  ): Promise<MemberPayload> {
    return { member: await this.#members.update(memberId, input) }
  }

  @Mutation(() => DeletePayload, { description: 'Deletes the member and all that is theirs.' })
  async deleteMember(@MemberId() memberId: string): Promise<DeletePayload> {
    await this.#members.delete(memberId)
    return { deletedId: memberId }
  }
}
