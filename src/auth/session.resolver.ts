import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { Input, NullableMutation } from '../graphql/mutation.js'
import { SelectedParts } from '../graphql/selection.js'
import { parse } from '../input.js'
import { Member, MemberPayload } from '../member/member.types.js'
import type { Parts } from '../snapshot/parts.js'
import type { MemberRow } from '../snapshot/snapshot.types.js'
import { SignOutPayload } from './auth.types.js'
import { RevokeSessionInput, Session } from './session.types.js'
import { revokeRule, type Sessions } from './sessions.service.js'

@Resolver(() => Member)
export class SessionResolver {
  readonly #sessions: Sessions

  constructor(sessions: Sessions) {
    this.#sessions = sessions
  }

  @FieldResolver(() => [Session], { description: 'Where the member is signed in, the session used last first: 100 at most.' })
  async sessions(@Root() { id }: MemberRow, @Ctx('sessionId') current: string | null): Promise<Session[]> {
    return (await this.#sessions.list(id)).map((session) => ({ ...session, current: session.id === current }))
  }

  @NullableMutation(() => MemberPayload, { description: "Signs one of the member's sessions out." })
  async revokeSession(@MemberId() memberId: string, @Input(RevokeSessionInput) input: RevokeSessionInput, @SelectedParts() parts: Parts) {
    return { member: await this.#sessions.revoke(memberId, parse(revokeRule, input), parts) }
  }

  @NullableMutation(() => SignOutPayload, { description: 'Ends every session of the member, this one too.' })
  async signOutEverywhere(@MemberId() memberId: string): Promise<SignOutPayload> {
    await this.#sessions.revokeAll(memberId)
    return { signedOut: true }
  }
}
