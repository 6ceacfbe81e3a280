import { useQuery } from '@apollo/client/react'
import { useRef } from 'react'
import {
  AccountDocument,
  type AccountQuery,
  CalendarDocument,
  type CalendarQuery,
  DayListsDocument,
  type DayListsQuery,
  HomeDocument,
  type HomeQuery,
} from '../../../client/src/generated/graphql.js'

type Result = { data?: unknown; dataState: string; error?: unknown; refetch(): unknown }

/**
 * The last whole result. While operations are under way Apollo Client hands out what it has, also of a scenario of which it knows no more than
 * that it is there, such as one that another device has just made; it asks for the rest as soon as they are done.
 */
function useWhole<Data>(result: Result, isWhole: (data: Data) => boolean, key = '') {
  const last = useRef<{ key: string; data: Data } | null>(null)
  const data = result.data as Data
  if (result.dataState === 'complete' && data && isWhole(data)) last.current = { key, data }
  const whole = last.current?.key === key ? last.current.data : null
  return { data: whole, error: result.error, retry: () => void result.refetch() }
}

type Part = { name: string; checklist: { items: unknown[] } }
const areWhole = (scenarios: Part[]) =>
  (scenarios as Partial<Part>[]).every(({ name, checklist }) => name !== undefined && checklist?.items)

export const useHome = () => useWhole<HomeQuery>(useQuery(HomeDocument), ({ me }) => areWhole(me.scenarios))

export const useAccount = () =>
  useWhole<AccountQuery>(useQuery(AccountDocument, { fetchPolicy: 'cache-and-network' }), ({ me }) => me.sessions !== undefined)

/** The lists of a date; null asks for nothing. */
export const useDayLists = (date: string | null) =>
  useWhole<DayListsQuery>(
    useQuery(DayListsDocument, { variables: { date: date ?? '' }, skip: date === null, fetchPolicy: 'cache-and-network' }),
    ({ me }) => areWhole(me.scenarios),
    date ?? '',
  )

/** The receipts from one date to another, with the streaks; null asks for nothing. */
export const useCalendar = (range: { from: string; to: string } | null) =>
  useWhole<CalendarQuery>(
    useQuery(CalendarDocument, { variables: range ?? { from: '', to: '' }, skip: range === null, fetchPolicy: 'cache-and-network' }),
    ({ me }) => me.dayReceipts !== undefined,
    range?.to ?? '',
  )
