/** Names that a request may come under and that are none of a server of ours at this port of loopback. */
export function foreignHosts(port: number): readonly string[] {
  return [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1',
    '127.0.0.1:1',
    `localhost.evil.example:${port}`,
    `0.0.0.0:${port}`,
    'localhost',
    '[::1]',
    `127.1:${port}`,
    `2130706433:${port}`,
    `user@127.0.0.1:${port}`,
    `127.0.0.1:${port}.evil.example`,
  ]
}

/** Origins of web pages; to an API for programs every page is foreign. */
export function foreignOrigins(port: number): readonly string[] {
  return [
    'http://evil.example',
    `http://127.0.0.1:${port}`,
    'https://127.0.0.1',
    'null',
    'file://',
    'app://ui',
    'http://localhost',
    '',
  ]
}
