import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ServableApp } from '../../app/app-context.ts'
import type { AgentHttp } from '../mcp/serve-http.ts'
import { tokenOf } from './doorman.ts'

/** Where models come in. */
export const MCP_PATH = '/mcp'
export const MCP_METHODS = ['GET', 'POST', 'DELETE'] as const

/** Answers the protocol of models beside the routes; the doorman has let in whoever gets here. Nothing of it is loaded before somebody asks. */
export function serveMcp(http: FastifyInstance, app: ServableApp): void {
  let loading: Promise<AgentHttp> | undefined
  const load = async (): Promise<AgentHttp> => {
    const { createAgentHttp } = await import('../mcp/serve-http.ts')
    return createAgentHttp(app)
  }

  http.addHook('preClose', async () => (await loading)?.close())
  void http.register(async (own) => {
    // The protocol says itself what is wrong with a message.
    own.removeAllContentTypeParsers()
    own.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, text))
    own.route({ method: [...MCP_METHODS], url: MCP_PATH, handler: answer })
  })

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    loading ??= load()
    const { method, headers, body } = request
    const token = tokenOf(headers.authorization)
    const respond = await (await loading).admit({
      method,
      headers,
      token,
      body: typeof body === 'string' ? body : undefined,
    })
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value)
    reply.hijack()
    await respond(reply.raw)
    return reply
  }
}
