// The same schema the common way: Apollo Server as it comes, one resolver for each relation's root, Prisma's `include`.
import { readFileSync } from 'node:fs'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { PrismaPg } from '@prisma/adapter-pg'
import { AccessTokens } from '../../dist/auth/access-token.js'
import { PrismaClient } from '../../dist/generated/prisma/client.js'

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL, max: Number(process.env.DATABASE_POOL_SIZE) })
const prisma = new PrismaClient({ adapter })
const tokens = await AccessTokens.fromKey(process.env.ACCESS_TOKEN_PRIVATE_KEY, { clock: { now: () => new Date() }, ttlSeconds: 86_400 })
const today = new Date(process.env.TODAY)

/** A line beside its check of the date. */
const item = ({ id, content, checks: [check] }) => ({
  id: `${id}:${process.env.TODAY}`,
  missionId: id,
  type: 'BASIC',
  content,
  isChecked: check?.isChecked ?? false,
})
const checksOfToday = { checks: { where: { useDate: today } } }
const template = { where: { useDate: null, removedOn: null }, orderBy: { position: 'asc' }, include: checksOfToday }

const checklist = (missions) => {
  const items = missions.map(item)
  return { date: process.env.TODAY, items, totalCount: items.length, checkedCount: items.filter(({ isChecked }) => isChecked).length }
}

const resolvers = {
  Query: {
    async scenarios(_source, _args, { memberId }) {
      const scenarios = await prisma.scenario.findMany({
        where: { memberId, deletedAt: null },
        orderBy: { position: 'asc' },
        include: { notification: true, missions: template },
      })
      return scenarios.map(({ missions, ...scenario }) => ({ ...scenario, basicMissions: missions, checklist: checklist(missions) }))
    },
  },
  Notification: {
    time: ({ time }) => time?.toISOString().slice(11, 16),
  },
  Mutation: {
    async checkMission(_source, { input: { missionId, isChecked } }, { memberId }) {
      const line = await prisma.mission.findFirst({ where: { memberId, id: missionId, useDate: null, removedOn: null } })
      if (!line) throw new Error('There is no such mission.')
      const key = { memberId, useDate: today, parentMissionId: missionId, missionType: 'BASIC' }
      await prisma.mission.upsert({
        where: { memberId_useDate_parentMissionId_missionType: key },
        create: { id: crypto.randomUUID(), isChecked, ...key },
        update: { isChecked },
      })
      const where = { ...template.where, memberId, scenarioId: line.scenarioId }
      const list = checklist(await prisma.mission.findMany({ where, include: checksOfToday }))
      return { item: list.items.find((one) => one.missionId === missionId), checklist: list }
    },
  },
}

const typeDefs = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')
const { url } = await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), {
  listen: { host: '127.0.0.1', port: 0 },
  context: async ({ req }) => ({ memberId: (await tokens.verify(req.headers.authorization.slice('Bearer '.length)))?.memberId }),
})
console.log(JSON.stringify({ url: url.replace(/\/$/, '') }))
