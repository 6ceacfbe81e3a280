// As fast as settings make it. Each that was in doubt was measured; reads are prepared statements by default.
import { TYPES } from 'postgraphile/@dataplan/pg'
import { makePgService } from 'postgraphile/adaptors/pg'
import { context } from 'postgraphile/grafast'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { extendSchema } from 'postgraphile/utils'
import { AccessTokens } from '../../../dist/auth/access-token.js'

const { DATABASE_URL, ACCESS_TOKEN_PRIVATE_KEY, POOL_SIZE } = process.env
const tokens = await AccessTokens.fromKey(ACCESS_TOKEN_PRIVATE_KEY, { clock: { now: () => new Date() }, ttlSeconds: 86_400 })

const memberId = () => context().get('memberId')

/** What belongs to the signed-in member. Straight from the context: a field of the member would read its row besides. */
const mine = extendSchema(({ pgResources }) => ({
  typeDefs: `
    extend type Query {
      myScenarios: [Scenario!]!
      myMissionsOf(date: Date!): [Mission!]!
    }
    extend type Mutation {
      checkMission(missionId: UUID!, isChecked: Boolean!, date: Date!): Mission
    }`,
  objects: {
    Query: {
      plans: {
        myScenarios() {
          const scenarios = pgResources.scenario.find({ member_id: memberId() })
          scenarios.orderBy({ attribute: 'position', direction: 'ASC' })
          return scenarios
        },
        myMissionsOf(_root, { $date }) {
          const missions = pgResources.mission.find({ member_id: memberId(), use_date: $date })
          missions.orderBy({ attribute: 'created_at', direction: 'DESC' })
          return missions
        },
      },
    },
    Mutation: {
      plans: {
        checkMission(_root, { $missionId, $isChecked, $date }) {
          const args = [
            { step: memberId(), pgCodec: TYPES.uuid },
            { step: $missionId, pgCodec: TYPES.uuid },
            { step: $isChecked, pgCodec: TYPES.boolean },
            { step: $date, pgCodec: TYPES.date },
          ]
          return pgResources.check_mission.execute(args, 'mutation')
        },
      },
    },
  },
}))

export default {
  extends: [PostGraphileAmberPreset],
  plugins: [mine],
  // It hides orders by a column that no index begins with, among them that of the lines.
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  // No pgSettings, which is generous: with row level security, every request would be a transaction that begins by setting
  // them. No idle time-out: a connection that is closed between two rounds would have to prepare everything anew.
  pgServices: [makePgService({ connectionString: DATABASE_URL, poolConfig: { max: Number(POOL_SIZE), idleTimeoutMillis: 0 } })],
  schema: { defaultBehavior: 'list -connection' },
  grafast: {
    explain: false,
    async context({ http }) {
      const token = http.getHeader('authorization')?.slice('Bearer '.length)
      return { memberId: token ? ((await tokens.verify(token))?.memberId ?? null) : null }
    },
  },
  grafserv: { graphiql: false, watch: false, outputDataAsString: true },
}
