const NAME = '(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)'
const ROLE = new RegExp(`^(?:CREATE|ALTER) ROLE (${NAME})[ ;]`)
const PASSWORD = / PASSWORD '(?:[^']|'')*'/
const GRANT = new RegExp(`^GRANT (${NAME}) TO (${NAME})[ ;]`)

/**
 * Of what `pg_dumpall --globals-only` wrote, what makes the roles that a server does not have, and their memberships. Roles that are there stay as they are:
 * their passwords and rights are the server's business. Tablespaces are left out: they name folders of another computer.
 */
export function missingRoles(globals: string, existing: ReadonlySet<string>): string {
  const lines = globals.split('\n').filter((line) => {
    const role = ROLE.exec(line)?.[1]
    if (role !== undefined) return !existing.has(plain(role))
    const member = GRANT.exec(line)?.[2]
    return member !== undefined && !existing.has(plain(member))
  })
  // Whoever granted a membership there may not exist here: it comes from whoever restores.
  return lines.map((line) => line.replace(new RegExp(` GRANTED BY ${NAME};$`), ';')).join('\n')
}

/** The same without passwords: for a server that lets everybody in who can reach it. */
export function withoutPasswords(globals: string): string {
  return globals
    .split('\n')
    .map((line) => {
      const name = /^ALTER ROLE /.test(line) ? ROLE.exec(line)?.[0] : undefined
      return name === undefined ? line : name + line.slice(name.length).replace(PASSWORD, '')
    })
    .join('\n')
}

/** A quoted name as it is. */
function plain(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
}
