import type { Readable, Writable } from 'node:stream'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { ErrorCode, type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js'

/** A longer line is nobody's question; it is read past, so that the next one is understood again. */
const MAX_LINE_BYTES = 4 * 1_024 * 1_024
const NEWLINE = 0x0a

/**
 * Messages as lines, one JSON object each. What is no message is answered as such and changes nothing. It closes when the other side has closed its end and has all the
 * answers it still waits for, or takes no more.
 */
export function createStdioTransport(input: Readable, output: Writable): Transport {
  const pending = new Set<string | number>()
  let parts: Buffer[] = []
  let lineBytes = 0
  let hasEnded = false
  let isClosed = false

  function take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const end = chunk.indexOf(NEWLINE, at)
      const part = chunk.subarray(at, end < 0 ? chunk.length : end)
      lineBytes += part.length
      if (lineBytes <= MAX_LINE_BYTES) parts.push(part)
      else parts = []
      if (end < 0) return
      endLine()
      at = end + 1
    }
  }

  function endLine(): void {
    const isTooLong = lineBytes > MAX_LINE_BYTES
    const text = Buffer.concat(parts).toString('utf8').trim()
    parts = []
    lineBytes = 0
    if (isTooLong) refuse(ErrorCode.InvalidRequest, 'The message is too long.')
    else if (text !== '') takeLine(text)
  }

  function takeLine(text: string): void {
    const read = parsed(text)
    if ('message' in read) deliver(read.message)
    else refuse(read.code, read.why)
  }

  function deliver(message: JSONRPCMessage): void {
    if ('method' in message && 'id' in message) pending.add(message.id)
    // A request that was called off is never answered.
    if ('method' in message && message.method === 'notifications/cancelled')
      pending.delete(message.params?.requestId as string)
    transport.onmessage?.(message)
    closeIfDone()
  }

  function refuse(code: number, message: string): void {
    void write({ jsonrpc: '2.0', id: null, error: { code, message } })
  }

  function write(message: unknown): Promise<void> {
    return new Promise((resolve) => {
      if (isClosed || output.destroyed) return resolve()
      output.write(`${JSON.stringify(message)}\n`, () => resolve())
    })
  }

  function end(): void {
    hasEnded = true
    if (lineBytes > 0) endLine()
    closeIfDone()
  }

  function closeIfDone(): void {
    if (hasEnded && pending.size === 0) void transport.close()
  }

  const gone = (): void => void transport.close()

  const transport: Transport = {
    async start() {
      input.on('data', take).on('end', end).on('error', gone)
      output.on('error', gone)
    },
    async send(message) {
      await write(message)
      if ('id' in message && !('method' in message) && message.id !== undefined) pending.delete(message.id)
      closeIfDone()
    },
    async close() {
      if (isClosed) return
      isClosed = true
      input.off('data', take).off('end', end).off('error', gone).pause()
      transport.onclose?.()
    },
  }
  return transport
}

type Read = { readonly message: JSONRPCMessage } | { readonly code: ErrorCode; readonly why: string }

function parsed(text: string): Read {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return { code: ErrorCode.ParseError, why: 'This is not JSON.' }
  }
  if (Array.isArray(raw))
    return { code: ErrorCode.InvalidRequest, why: 'Send one message a line; there are no batches.' }
  const message = JSONRPCMessageSchema.safeParse(raw)
  if (message.success) return { message: message.data }
  return { code: ErrorCode.InvalidRequest, why: 'This is not a message of JSON-RPC 2.0.' }
}
