/** What the settings of an AI agent need to start Everstow beside itself. */
export function stdioLines(token: string): string {
  return lines({ command: 'everstow', args: ['mcp'], env: { EVERSTOW_API_KEY: token } })
}

/** What they need to reach the Everstow that runs. */
export function httpLines(url: string, token: string): string {
  return lines({ type: 'http', url: `${url}/mcp`, headers: { Authorization: `Bearer ${token}` } })
}

function lines(everstow: object): string {
  return JSON.stringify({ mcpServers: { everstow } }, undefined, 2)
}
