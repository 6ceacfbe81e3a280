import { Arg, Resolver, Root, Subscription } from 'type-graphql'
import { unauthenticated } from '../errors.js'
import type { Context } from '../graphql/context.js'
import { SyncToken } from '../graphql/scalars.js'
import { parse } from '../input.js'
import { sinceRule } from '../sync/sync.input.js'
import { ChangeSignal } from './live.types.js'

function openStream({ memberId, streams }: Context, since: string | null | undefined) {
  if (memberId === null) throw unauthenticated()
  return streams.open(memberId, parse(sinceRule, since, 'since'))
}

@Resolver()
export class LiveResolver {
  @Subscription(() => ChangeSignal, {
    description: `Says that something of the member's has changed: first at once, with how things stand, then after each change, of whatever
device and instance. It may say one thing for several changes, never nothing for one, but for sessions, which are left out. What has
changed, \`changes(since:)\` tells.`,
    subscribe: async ({ args, context }) => openStream(context as Context, args.since),
  })
  memberChanged(
    @Root() signal: ChangeSignal,
    @Arg('since', () => SyncToken, { nullable: true, description: 'The token of the last signal, or of the last changes.' })
    _since?: string | null,
  ): ChangeSignal {
    return signal
  }
}
