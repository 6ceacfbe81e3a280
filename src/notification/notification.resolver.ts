import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql'
import { z } from 'zod'
import { type Context, MemberId } from '../graphql/context.js'
import { Input, NullableMutation } from '../graphql/mutation.js'
import { DateTime } from '../graphql/scalars.js'
import { optional, parse, text } from '../input.js'
import { limits } from '../limits.js'
import { mutationRule } from '../operation/operation.js'
import type { Notifications } from './notification.service.js'
import { NotificationFeed, ScenarioNotification, SetNotificationsActiveInput } from './notification.types.js'
import { Occurrences } from './occurrences.js'

/** An unknown etag does not match, and is no error: it may be another version's. */
const etagRule = optional(text({ min: 0, max: limits.etagLength }))
const activeRule = mutationRule('setNotificationsActive', z.object({ active: z.boolean() }))
const countRule = z.number().int().min(1).max(limits.occurrences)

type ItemSource = ScenarioNotification & { occurrences: Occurrences }

@Resolver(() => ScenarioNotification)
export class NotificationResolver {
  readonly #notifications: Notifications

  constructor(notifications: Notifications) {
    this.#notifications = notifications
  }

  @Query(() => NotificationFeed, {
    description: `What a phone needs to set its own alarms: every active notification of the member.
Give the etag of the last answer as ifNoneMatch: where nothing changed, the answer is
notModified: true with items and places null. While Member.notificationsPaused is true both are empty.`,
  })
  async notifications(
    @MemberId() memberId: string,
    @Ctx() { conditional }: Context,
    @Arg('ifNoneMatch', () => String, { nullable: true, description: 'The etag of the last answer.' }) ifNoneMatch?: string | null,
  ) {
    const known = parse(etagRule, ifNoneMatch, 'ifNoneMatch')
    const feed = await this.#notifications.feed(memberId, [...(known ? [known] : []), ...(conditional?.ifNoneMatch ?? [])])
    if (conditional) conditional.etag = feed.etag
    return this.#source(memberId, feed)
  }

  @NullableMutation(() => NotificationFeed, {
    description: `Switches every notification that has a time on or off.
One that lacks a method or days besides stays off. The answer is the whole feed as it then is.`,
  })
  async setNotificationsActive(@MemberId() memberId: string, @Input(SetNotificationsActiveInput) input: SetNotificationsActiveInput) {
    return this.#source(memberId, await this.#notifications.setActive(memberId, parse(activeRule, input)))
  }

  @FieldResolver(() => [DateTime], {
    description: `The next instants at which it rings, 60 at most, by the wall clock of the member's zone: a time that a clock
change leaves out rings at the first instant after it, one that happens twice rings once, the first time. Not on days off (Member.pauses).
Computed for each answer from the present instant: it is not covered by the etag, nor by an ETag header.`,
  })
  nextOccurrences(
    @Root() { scenarioId, occurrences }: ItemSource,
    @Arg('count', () => Int, { defaultValue: 1, description: 'How many, 1 to 60.' }) count: number,
  ): Promise<string[]> {
    return occurrences.of(scenarioId, parse(countRule, count, 'count'))
  }

  #source(memberId: string, feed: NotificationFeed) {
    const items = feed.items
    if (!items) return feed
    const occurrences = new Occurrences((count) => this.#notifications.occurrences(memberId, items, count))
    return { ...feed, items: items.map((item): ItemSource => ({ ...item, occurrences })) }
  }
}
