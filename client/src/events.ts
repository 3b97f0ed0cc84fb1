// Reads Server-Sent Events from the body of a response.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

export type StreamEvent = Readonly<{
  /** undefined for a message without data, such as one that only has `retry` */
  data: string | undefined;
  /** the last id so far */
  id: string | undefined;
  /** milliseconds after which the server wants the client to connect again */
  retry: number | undefined;
}>;

/** The events of the body. It ends when the body ends; an unfinished event is dropped. Comments are not reported. */
export async function* eventsIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  let id: string | undefined;
  let data: string[] = [];
  let retry: number | undefined;
  for await (const line of linesIn(chunks)) {
    if (line === '') {
      if (data.length > 0 || retry !== undefined)
        yield { data: data.length > 0 ? data.join('\n') : undefined, id, retry };
      data = [];
      retry = undefined;
      continue;
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'data') data.push(value);
    if (field === 'id') id = value;
    if (field === 'retry' && /^\d+$/.test(value)) retry = Number(value);
  }
}

async function* linesIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
