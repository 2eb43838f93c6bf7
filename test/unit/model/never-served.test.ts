import { describe, expect, test } from 'vitest'
import { isNeverServed } from '../../../main/engine/model/never-served.ts'

describe('what opens something else is never served', () => {
  test.each([
    'app/.env',
    '.env.production',
    '.envrc',
    'deploy/prod.env',
    'server.pem',
    'tls/private.key',
    'ada/.ssh/id_rsa',
    'ada/.ssh/config',
    'keys/id_rsa.old',
    'keys/id_ed25519',
    'ca.p12',
    'ca.pfx',
    'vault.kdbx',
    'ada/.gnupg/secring.gpg',
    'ada/.aws/credentials',
    'ada/.azure/accessTokens.json',
    'ada/.config/gcloud/credentials.db',
    'ada/.kube/config',
    'ada/.docker/config.json',
    'ada/.netrc',
    'ada/.pgpass',
    'ada/.npmrc',
    'ada/.pypirc',
    'ada/.git-credentials',
    'project/.git/config',
    'ada/.bash_history',
    'ada/.mozilla/firefox/x.default/logins.json',
    'ada/.mozilla/firefox/x.default/key4.db',
    'ada/.mozilla/firefox/x.default/cookies.sqlite-wal',
    'ada/.config/chromium/Default/Login Data',
    'ada/.config/chromium/Default/Cookies',
    'ada/.config/chromium/Profile 2/Cookies',
    'User Data/Default/Network/Cookies',
    'Library/Keychains/login.keychain-db',
    'ada/.local/share/keyrings/login.keyring',
    'AppData/Roaming/Microsoft/Credentials/ABCDEF',
    'ada/.local/share/everstow/settings.json',
    'AppData/Local/Everstow/catalogue.db',
    'everstow-recovery-kit-2026-11-22T101500.html',
    'etc/shadow',
    'etc/shadow-',
    'terraform/terraform.tfstate',
    'secrets/db.txt',
  ])('%s', (path) => expect(isNeverServed(path)).toBe(true))

  test.each([
    ['case', 'ADA/.SSH/ID_RSA'],
    ['case that folds', 'server.PEM'],
    ['wide letters', 'ａｐｐ/．ｅｎｖ'],
    ['dots at the end', 'app/.env...'],
    ['spaces at the end', 'ada/.ssh /config'],
    ['both', 'server.pem. .'],
    ['letters nobody sees', 'app/.e\u200cnv'],
    ['more of them', 'id\u00ad_rsa'],
    ['a stream of the file', 'id_rsa::$DATA'],
    ['backslashes', 'ada\\.ssh\\config'],
    ['where it came from', '/home/ada/.config/gcloud/x'],
    ['where it came from, on Windows', 'C:\\Users\\ada\\.aws\\credentials'],
    ['a sign that stands for a letter', 'server.Key'.replace('K', '\u212a')],
  ])('however it is written: %s', (_, path) => expect(isNeverServed(path)).toBe(true))

  test.each([
    'papers/a.json',
    'environment.json',
    'src/env.ts',
    'docs/keys.md',
    'keynote.txt',
    'recipes/cookies.json',
    'Cookies/oatmeal.txt',
    'photos/monkey.jpeg',
    'data/web data 2026.csv',
    'everstow-report.json',
    '.gitignore',
    '.git/HEAD',
    'shadow/theme.css',
    'docker/config.json',
    'prices.ndjson',
    '.everstowignore',
  ])('and what opens nothing is: %s', (path) => expect(isNeverServed(path)).toBe(false))
})

test('no path holds it up, however long and strange it is', () => {
  for (const unit of ['.', ' ', '/.', 'a.pem.', '.env/', '\u200b', '\ufdfa', 'profile '])
    for (const end of ['x', '/x', ' x']) isNeverServed(unit.repeat(32_768 / unit.length) + end)
  expect(isNeverServed(`${'.'.repeat(32_000)}x/.env`)).toBe(true)
})
