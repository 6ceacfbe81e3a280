/** What a text/event-stream says, event by event: its data, until the server says that it is complete. */
export async function* eventsOf(response) {
  let text = ''
  for await (const chunk of chunksOf(response.body.pipeThrough(new TextDecoderStream()))) {
    text += chunk
    const blocks = text.split(/\r?\n\r?\n/)
    text = blocks.pop()
    for (const block of blocks) {
      const { event, data } = fieldsOf(block)
      if (event === 'complete') return
      if (data) yield data
    }
  }
}

function fieldsOf(block) {
  const fields = { event: 'message', data: '' }
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? []
    if (name === 'data') fields.data += value
    else if (name) fields[name] = value
  }
  return fields
}

/** Browsers are still learning to iterate over a stream. */
async function* chunksOf(stream) {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    reader.cancel().catch(() => undefined)
  }
}
