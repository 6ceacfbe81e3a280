/** navigator.clipboard is missing where the page is not served from localhost or over TLS. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}

/** A request as a command that can be pasted into a shell: what Run would send now, token and all. */
export function asCurl({ headers, body }) {
  const lines = [`curl -s ${quoted(`${location.origin}/graphql`)}`]
  for (const [name, value] of headers) if (name !== 'accept') lines.push(`-H ${quoted(`${name}: ${value}`)}`)
  lines.push(`--data-raw ${quoted(body)}`)
  return lines.join(' \\\n  ')
}

/** A link that opens a tab with an operation (`openLinkedTab`). It stands behind the #, which browsers send to no server. */
export function linkTo({ query, variables }) {
  return `${location.origin}/#${encodeURIComponent(JSON.stringify({ query, variables }))}`
}

const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`
