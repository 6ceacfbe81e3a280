/** What many devices at once need. */
export const manyDevices = [
  {
    query: `# 6. What a phone needs to set its
# alarms. The etag says what it has
# already: run it twice, and see what
# comes.
query Alarms($etag: String) {
  notifications(ifNoneMatch: $etag) {
    etag
    notModified
    items {
      scenarioId
      name
      method
      daysOfWeek
      time
      nextOccurrences(count: 3)
    }
    places {
      scenarioId
      name
      place { on latitude longitude radiusMeters }
    }
  }
}
`,
    variables: { etag: '<latest etag>' },
  },
  {
    query: `# 7. What has changed since the token
# of the last response: first
# everything, then, after a check in
# another tab, one checklist.
query Changes($since: SyncToken) {
  changes(since: $since) {
    token
    fullSync
    member { id listVersion }
    scenarios { id name version }
    checklists {
      id
      date
      checkedCount
      totalCount
      items { id missionId content isChecked }
    }
    deletedIds
  }
}
`,
    variables: { since: '<latest token>' },
  },
  {
    query: `# 8. Says that something has changed,
# on whatever device. Run it, open this
# page in a second window and check a
# mission there.
subscription Live {
  memberChanged {
    token
    upToDate
    listVersion
  }
}
`,
  },
]
