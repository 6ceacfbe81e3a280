// What figures are summed up to.

export function median(values) {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)]
}

/** `1234 (1100 to 1300)`: the median, the least and the most. */
export function spread(values) {
  return `${Math.round(median(values))} (${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))})`
}

export function p99(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * 0.99)]
}
