// Which folder may import which. `test/architecture` runs these rules over the code and over fixtures that must break each one.
const ENGINE = '^main/engine/'
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })
const path = (...patterns) => ({ path: patterns })

/** Engine folders from the left to the right; each imports leftwards only. */
const TIERS = [
  ['storage', 'catalogue'],
  ['repository', 'archive', 'sources', 'delivery', 'audit', 'api-keys'],
  ['backup', 'restore', 'verify', 'maintenance', 'sync', 'mirror', 'access', 'databases'],
]
/** Where two folders of one tier stand in an order of their own. */
const ALLOWED_SIDEWAYS = {
  catalogue: ['storage'],
  archive: ['sources'],
  delivery: ['archive', 'repository'],
  audit: ['repository'],
  mirror: ['sync'],
}

const tierRules = TIERS.flatMap((folders, tier) =>
  folders.map((folder) => {
    const right = TIERS.slice(tier)
      .flat()
      .filter((other) => other !== folder && !(ALLOWED_SIDEWAYS[folder] ?? []).includes(other))
    return rule(
      `engine-${folder}-imports-leftwards`,
      `engine/${folder} may import what stands left of it, env and model.`,
      path(`${ENGINE}${folder}/`),
      path(`${ENGINE}(${[...right, 'engine\\.ts'].join('|')})`),
    )
  }),
)

export default {
  forbidden: [
    rule('no-circles', 'A circle has no first thing to read, not even one of types.', {}, { circular: true }),
    rule('contract-stands-alone', 'The contract imports itself and zod.', path('^main/contract/'), {
      pathNot: ['^main/contract/', '^node_modules/zod/'],
    }),
    rule(
      'env-stands-alone',
      'Ports import themselves and the errors of the model.',
      path(`${ENGINE}env/`),
      path(`${ENGINE}(?!env/|model/)`, '^main/(app|hosts|contract)/'),
    ),
    rule(
      'model-stands-alone',
      'The model has no I/O and imports only itself.',
      path(`${ENGINE}model/`),
      path(`${ENGINE}(?!model/)`, '^main/(app|hosts|contract)/'),
    ),
    rule(
      'model-has-no-io',
      'The model has no I/O.',
      path(`${ENGINE}model/`),
      path('^(node:)?(fs|net|http|https|child_process|worker_threads|sqlite|os)(/|$)'),
    ),
    ...tierRules,
    rule(
      'sync-core-stands-alone',
      'The rules of sync are pure: what they need comes in through their ports.',
      path(`${ENGINE}sync/((pull|rows|scan)/)?[^/]+\\.ts$`),
      { pathNot: [`${ENGINE}sync/((pull|rows|scan)/)?[^/]+\\.ts$`, '^crypto$'] },
    ),
    rule(
      'engine-knows-no-host',
      'The engine imports neither app, hosts, contract, window nor Electron.',
      path(ENGINE),
      path('^main/(app|hosts|contract)/', '^(renderer|preload)/', '(^|/)node_modules/electron/'),
    ),
    rule(
      'app-uses-the-door',
      'The application uses engine.ts and the model only.',
      path('^main/app/'),
      path(`${ENGINE}(?!engine\\.ts$|model/)`, '^main/hosts/', '^(renderer|preload)/'),
    ),
    rule(
      'hosts-use-the-door',
      'Hosts use app, contract, engine.ts and the model.',
      path('^main/hosts/'),
      path(`${ENGINE}(?!engine\\.ts$|model/)`, '^(renderer|preload)/'),
    ),
    rule(
      'hosts-keep-apart',
      'A host never imports another host; the API and the protocol of models are none, and are lent to several.',
      { path: '^main/hosts/([^/]+)/' },
      { path: '^main/hosts/', pathNot: ['^main/hosts/$1/', '^main/hosts/(api|mcp)/'] },
    ),
    rule(
      'api-knows-no-host',
      'What is lent to hosts imports none of them; the API serves the protocol of models, too.',
      path('^main/hosts/api/'),
      { path: '^main/hosts/', pathNot: '^main/hosts/(api|mcp)/' },
    ),
    rule('mcp-knows-no-host', 'What is lent to hosts imports none of them.', path('^main/hosts/mcp/'), {
      path: '^main/hosts/',
      pathNot: '^main/hosts/mcp/',
    }),
    rule(
      'window-knows-the-contract-only',
      'Preload and window import the contract, nothing else of main.',
      path('^(preload|renderer)/'),
      { path: '^main/', pathNot: '^main/contract/' },
    ),
    rule(
      'electron-in-its-host',
      'Only the Electron host and the preload know Electron.',
      { pathNot: ['^main/hosts/electron/', '^preload/', '^test/electron/'] },
      path('(^|/)node_modules/electron/', '^electron$'),
    ),
    rule(
      'fs-behind-ports',
      'The file system comes in through env/node and the local store; hosts have it themselves.',
      { path: '^main/(engine|app)/', pathNot: [`${ENGINE}env/node/`, `${ENGINE}storage/local/`] },
      path('^(node:)?fs(/promises)?$'),
    ),
    rule(
      'tests-stay-out',
      'Nothing that ships imports tests.',
      path('^(main|preload|renderer)/'),
      path('^test/'),
    ),
    rule('resolvable', 'Every import leads somewhere.', {}, { couldNotResolve: true, pathNot: '^electron$' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
}
