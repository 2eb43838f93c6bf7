/** What opens something else, by the names it has: nobody who reads data for another purpose needs it, and one leak of it is one too many. */
interface Kind {
  readonly why: string
  /** Names of files and folders wherever they are, or several one below another; `*` and `?` as in patterns. In lower case. */
  readonly names: readonly string[]
}

const KINDS: readonly Kind[] = [
  {
    why: 'settings of programs that hold passwords and tokens',
    names: [
      '.env*',
      '*.env',
      '.flaskenv',
      '.secrets*',
      'secrets.json',
      'secrets.toml',
      'secrets.yaml',
      'secrets.yml',
      'secrets',
      'credentials',
      'credentials.*',
      '.credentials*',
      'client_secret*.json',
      'service-account*.json',
      'service_account*.json',
      'auth.json',
      '.htpasswd',
      '*.tfvars',
      '*.tfvars.json',
      '*.tfstate',
      '*.tfstate.backup',
      'wp-config.php',
      '.vault-token',
      '.vault_pass*',
      '.vault-pass*',
      'wpa_supplicant.conf',
      'networkmanager/system-connections',
      '*.ovpn',
      'etc/wireguard',
      'wireguard/*.conf',
    ],
  },
  {
    why: 'private keys, and stores of them',
    names: [
      '*.pem',
      '*.key',
      '*.p8',
      '*.p12',
      '*.pfx',
      '*.pk8',
      '*.pkcs12',
      '*.pvk',
      '*.snk',
      '*.ppk',
      '*.jks',
      '*.jceks',
      '*.bks',
      '*.keystore',
      '*.keytab',
      '*.agekey',
      'id_rsa*',
      'id_dsa*',
      'id_ecdsa*',
      'id_ed25519*',
      'ssh_host_*_key',
      'secring.*',
      'private-keys-v1.d',
      'krb5cc*',
      'ssl/private',
      'sops/age',
      'wallet.dat',
      '*.wallet',
      '.bitcoin',
      '.electrum',
      '.ethereum',
    ],
  },
  {
    why: 'log-ins of command lines and services',
    names: [
      '.ssh',
      '.gnupg',
      '.aws',
      '.azure',
      '.oci',
      '.bluemix',
      '.databrickscfg',
      '.snowsql',
      '.config/gcloud',
      'gcloud/legacy_credentials',
      'application_default_credentials.json',
      '.kube',
      'kubeconfig*',
      '*.kubeconfig',
      '.docker/config.json',
      '.dockercfg',
      'containers/auth.json',
      '.netrc',
      '_netrc',
      '.pgpass',
      'pgpass.conf',
      '.my.cnf',
      '.mylogin.cnf',
      '.npmrc',
      '.yarnrc.yml',
      '.pypirc',
      '.gem/credentials',
      '.cargo/credentials*',
      '.composer/auth.json',
      '.m2/settings.xml',
      '.m2/settings-security.xml',
      '.gradle/gradle.properties',
      'nuget.config',
      '.git-credentials',
      '.git/config',
      'git/credentials',
      '.config/gh',
      '.config/glab-cli',
      '.config/hub',
      '.config/doctl',
      '.config/op',
      '.config/rclone',
      'rclone.conf',
      '.s3cfg',
      '.boto',
      '.terraformrc',
      '.terraform.d/credentials.tfrc.json',
      '.claude.json',
      '.codex/auth.json',
    ],
  },
  {
    why: 'what was typed into shells, passwords among it',
    names: ['.*history', 'consolehost_history.txt', '.lesshst', '.viminfo'],
  },
  {
    why: 'log-ins and sessions of browsers and mail programs',
    names: [
      'logins.json',
      'logins-backup.json',
      'key3.db',
      'key4.db',
      'signons.sqlite*',
      'cookies.sqlite*',
      'sessionstore*',
      'login data',
      'login data-journal',
      'login data for account*',
      'web data',
      'web data-journal',
      'cookies-journal',
      'cookies.binarycookies',
      'default/cookies',
      'profile */cookies',
      'network/cookies',
      'library/cookies',
      'local storage/leveldb',
      'session storage',
      'local state',
    ],
  },
  {
    why: 'keychains, password managers and the accounts of systems',
    names: [
      '*.kdb',
      '*.kdbx',
      '*.agilekeychain',
      '*.opvault',
      '*.1pif',
      '*.1pux',
      '*.keychain',
      '*.keychain-db',
      'library/keychains',
      'keyrings',
      'kwalletd',
      '*.kwl',
      '.password-store',
      'microsoft/credentials',
      'microsoft/protect',
      'microsoft/vault',
      'microsoft/crypto',
      'etc/shadow*',
      'etc/gshadow*',
      'system32/config',
      'ntuser.dat*',
    ],
  },
  {
    why: 'what opens backups themselves, and who may read them',
    names: [
      'share/everstow',
      'local/everstow',
      'application support/everstow',
      'api-keys.json',
      'secrets.sealed',
      'everstow-recovery-kit*',
      '.everstow',
    ],
  },
]

const NAMES = KINDS.flatMap(({ names }) => names)
/** What is known by its ending alone. */
const ENDING = /^\*\.([^*?/]+)$/
const endings = NAMES.flatMap((name) => ENDING.exec(name)?.[1] ?? [])
const others = NAMES.filter((name) => !ENDING.test(name))
/** All of it in one look. No name has more than one star: a path takes no longer than it is long. */
const SECRET = new RegExp(
  `(?:^|/)(?:${others.map(expressionOf).join('|')}|[^/]*\\.(?:${endings.map(expressionOf).join('|')}))(?:/|$)`,
)

function expressionOf(name: string): string {
  return name
    .replace(/[\\.^$+{}()|[\]]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
}

/** Whether a path inside a backup is, or lies below, what is never handed to programs, whatever they may read otherwise. However it is written. */
export function isNeverServed(path: string): boolean {
  return SECRET.test(
    path
      .split(/[/\\:]/)
      .map(plainName)
      .join('/'),
  )
}

const PLAIN = /^[\x20-\x7e]*$/

/** A name as the most forgiving file system would take it: invisible characters, wide letters, case, and what stands at the end do not count. */
function plainName(name: string): string {
  const visible = PLAIN.test(name)
    ? name
    : name.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  const letters = visible.toLowerCase().normalize('NFKC')
  let end = letters.length
  while (end > 0 && '. '.includes(letters.charAt(end - 1))) end--
  return letters.slice(0, end)
}
