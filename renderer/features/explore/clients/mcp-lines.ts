/** What the settings of an AI agent need to start Everstow beside itself. `home`: the data folder that it opens. */
export function stdioLines(home: string, token: string): string {
  const args = ['mcp', '--home', home]
  return lines({ type: 'stdio', command: 'everstow', args, env: { EVERSTOW_API_KEY: token } })
}

/** What they need to reach the Everstow that runs. */
export function httpLines(url: string, token: string): string {
  return lines({ type: 'http', url: `${url}/mcp`, headers: { Authorization: `Bearer ${token}` } })
}

function lines(everstow: object): string {
  return JSON.stringify({ mcpServers: { everstow } }, undefined, 2)
}
