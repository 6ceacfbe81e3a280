/** What an error says. An AggregateError, such as that of a host whose two addresses both refuse, says it by its errors alone. */
export function messageOf(error: unknown): string {
  const { message, errors, code, name } = (error ?? {}) as { message?: unknown; errors?: unknown[]; code?: unknown; name?: unknown }
  if (typeof message !== 'string') return String(error)
  const messages = Array.isArray(errors) ? errors.map(messageOf).join('; ') : ''
  return message || messages || String(code ?? name)
}
