import { Query, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { Input, NullableMutation } from '../graphql/mutation.js'
import { SelectedParts } from '../graphql/selection.js'
import type { Parts } from '../snapshot/parts.js'
import type { Members } from './member.service.js'
import { DeletePayload, Member, MemberPayload, UpdateMemberInput } from './member.types.js'

@Resolver()
export class MemberResolver {
  readonly #members: Members

  constructor(members: Members) {
    this.#members = members
  }

  @Query(() => Member, { description: 'The signed-in member.' })
  me(@MemberId() memberId: string, @SelectedParts() parts: Parts) {
    return this.#members.read(memberId, parts)
  }

  @NullableMutation(() => MemberPayload, { description: "Changes the member's name, zone or start of day, or pauses the notifications." })
  async updateMember(@MemberId() memberId: string, @Input(UpdateMemberInput) input: UpdateMemberInput, @SelectedParts() parts: Parts) {
    return { member: await this.#members.update(memberId, input, parts) }
  }

  @NullableMutation(() => DeletePayload, { description: 'Deletes the member and all that is theirs.' })
  async deleteMember(@MemberId() memberId: string): Promise<DeletePayload> {
    await this.#members.delete(memberId)
    return { deletedId: memberId, member: null }
  }
}
