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
    query: `# 7. A phone that was away sends what it
# kept. Each check has its own result:
# nobody knows the second mission, and
# the others are set all the same.
mutation CatchUp(
  $checks: [CheckMissionInput!]!
) {
  checkMissions(input: { checks: $checks }) {
    results {
      item { id content isChecked }
      checklist { id checkedCount totalCount }
      error { code message }
    }
  }
}
`,
    variables: {
      checks: [
        { missionId: '<first mission>', isChecked: true },
        { missionId: '<id of nothing>', isChecked: true },
        { missionId: '<last mission>', isChecked: true },
      ],
    },
  },
  {
    query: `# 8. A phone and a tablet add a line at
# once, and both keep theirs. Was a
# response lost? Run it again: the same
# operationId does nothing twice.
mutation TwoDevices(
  $scenarioId: ID!
  $phone: ID
  $tablet: ID
) {
  phone: addMission(input: {
    operationId: $phone
    scenarioId: $scenarioId
    content: "Umbrella"
  }) {
    scenario { id version }
  }
  tablet: addMission(input: {
    operationId: $tablet
    scenarioId: $scenarioId
    content: "Tickets"
  }) {
    scenario {
      id
      version
      basicMissions { id content version }
    }
  }
}
`,
    variables: {
      scenarioId: '<id of Leaving home>',
      phone: "<operation of the phone's>",
      tablet: "<operation of the tablet's>",
    },
  },
  {
    query: `# 9. What has changed since the token
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
    query: `# 10. Says that something has changed,
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
