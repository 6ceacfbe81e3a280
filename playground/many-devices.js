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
]
