/**
 * `node:http` and `node:https` without an `import` of them: one makes Node read every export of `node:http`, and `WebSocket` among those loads a whole client,
 * which costs a command a tenth of its start. For requests; types can be imported as ever.
 */
export const http = process.getBuiltinModule('node:http')
export const https = process.getBuiltinModule('node:https')
