import { type Command, Option } from 'commander'
import { errorOfWire } from '../../../app/in-process-client.ts'
import { isInTheClear, type Place, type PlaceCapabilities, type PlaceInput } from '../../../contract/index.ts'
import { destinationTypeOf } from '../../../engine/model/destination.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import { CONDITIONS, type Condition } from '../../../engine/model/schedule/conditions.ts'
import { parseWeekGrid } from '../../../engine/model/schedule/week-grid.ts'
import type { CommandHost } from '../command-host.ts'
import { confirmed } from '../confirmed.ts'
import { EXIT, type ExitStatus } from '../exit-status.ts'
import { explainer } from '../explain.ts'
import { placeNamed } from '../find/find-place.ts'
import { placeTable } from '../lines/place-table.ts'
import { bytesPerSecond, sizeInBytes } from '../options/amounts.ts'
import { conditionsOption, quietHoursOption } from '../options/hold-options.ts'
import { currency, type PriceOptions, price, priceOrNone, takePrices } from '../options/price-options.ts'
import { capabilitiesRecord, placeRecord } from '../records/place-record.ts'
import { gatherSecrets, type SecretOptions, secretsFrom } from '../secrets/gather-secrets.ts'
import type { Session } from '../session.ts'
import { absolutePath } from '../typed-path.ts'
import { UsageError } from '../usage-error.ts'

interface PlaceOptions {
  readonly path?: string
  readonly bucket?: string
  readonly container?: string
  readonly prefix?: string
  readonly endpoint?: string
  readonly region?: string
  readonly account?: string
  readonly project?: string
  readonly credentialsFile?: string
  readonly profile?: string
  readonly pathStyle?: boolean
  readonly storageClass?: string
  readonly uploadLimit?: number
  readonly downloadLimit?: number
  readonly limits?: string
  readonly budget?: number | 'none'
  readonly waitFor?: Condition[]
  /** Null with `none`. */
  readonly quietHours?: string | null
}

interface AddOptions extends PlaceOptions, SecretOptions {
  readonly type: string
  readonly test: boolean
}

interface EditOptions extends PlaceOptions, PriceOptions {
  readonly name?: string
  readonly secretFile?: string
}

/** `everstow place …`: where copies go. */
export function placeCommands(program: Command, { say, withEngine }: CommandHost): void {
  const place = program.command('place').description(say('help.place')).helpCommand(false)
  withPlaceOptions(
    place
      .command('add')
      .description(say('help.placeAdd'))
      .argument('<name>', say('help.arg.newPlace'))
      .requiredOption('--type <type>', say('help.opt.type')),
    say,
  )
    .option('--secret-file <file>', say('help.opt.secretFile'))
    .option('--no-secrets', say('help.opt.noSecrets'))
    .option('--no-test', say('help.opt.noTest'))
    .action(withEngine(addPlace))
  withPlaceOptions(
    place
      .command('edit')
      .description(say('help.placeEdit'))
      .argument('<place>', say('help.arg.place'))
      .option('--name <name>', say('help.opt.newName')),
    say,
  )
    .option('--secret-file <file>', say('help.opt.secretFile'))
    .option('--price-storage <price>', say('help.opt.priceStorage'), priceOrNone)
    .option('--price-put <price>', say('help.opt.pricePut'), price)
    .option('--price-get <price>', say('help.opt.priceGet'), price)
    .option('--price-list <price>', say('help.opt.priceList'), price)
    .option('--price-egress <price>', say('help.opt.priceEgress'), price)
    .option('--price-currency <code>', say('help.opt.priceCurrency'), currency)
    .action(withEngine(editPlace))
  place.command('list').description(say('help.placeList')).action(withEngine(listPlaces))
  place
    .command('test')
    .description(say('help.placeTest'))
    .argument('<place>', say('help.arg.place'))
    .action(withEngine(testPlace))
  place
    .command('remove')
    .description(say('help.placeRemove'))
    .argument('<place>', say('help.arg.place'))
    .action(withEngine(removePlace))
}

/** Adds the options that `place add` and `place edit` share. */
function withPlaceOptions(command: Command, say: CommandHost['say']): Command {
  return command
    .option('--path <folder>', say('help.opt.path'))
    .option('--bucket <name>', say('help.opt.bucket'))
    .addOption(new Option('--container <name>').hideHelp())
    .option('--prefix <folder>', say('help.opt.prefix'))
    .option('--endpoint <url>', say('help.opt.endpoint'))
    .option('--region <region>', say('help.opt.region'))
    .option('--account <id>', say('help.opt.account'))
    .option('--project <id>', say('help.opt.project'))
    .option('--credentials-file <file>', say('help.opt.credentialsFile'))
    .option('--profile <name>', say('help.opt.profile'))
    .option('--path-style', say('help.opt.pathStyle'))
    .option('--storage-class <class>', say('help.opt.storageClass'))
    .option('--upload-limit <rate>', say('help.opt.uploadLimit'), bytesPerSecond)
    .option('--download-limit <rate>', say('help.opt.downloadLimit'), bytesPerSecond)
    .option('--limits <grid>', say('help.opt.limits'), limitsOption)
    .option('--budget <size>', say('help.opt.budget'), budgetOption)
    .option('--wait-for <conditions>', say('help.opt.placeWaitFor'), conditionsOption(CONDITIONS))
    .option('--quiet-hours <hours>', say('help.opt.placeQuietHours'), quietHoursOption)
}

/** The grid as typed, if it is one; nothing for `none`. */
function limitsOption(text: string): string {
  if (text.trim().toLowerCase() === 'none') return ''
  parseWeekGrid(text)
  return text
}

function budgetOption(text: string): number | 'none' {
  return text.trim().toLowerCase() === 'none' ? 'none' : sizeInBytes(text)
}

/** The fields of a place that the options name. */
function placeFields({ surroundings }: Session, options: PlaceOptions) {
  const { path, bucket, container, credentialsFile, budget, quietHours, ...fields } = options
  const named = bucket ?? container
  return {
    ...fields,
    ...(named === undefined ? {} : { bucket: named }),
    ...(path === undefined ? {} : { path: absolutePath(path, surroundings) }),
    ...(credentialsFile ? { credentialsFile: absolutePath(credentialsFile, surroundings) } : {}),
    ...(typeof budget === 'number' ? { budgetBytes: budget } : {}),
    // Given as nothing: none are kept.
    ...(quietHours === undefined ? {} : { quietHours: quietHours ?? '' }),
  }
}

async function addPlace(session: Session, name: string, options: AddOptions): Promise<ExitStatus> {
  const { say, output, environment } = session
  const type = destinationTypeOf(options.type)
  if (!type)
    throw new EverstowError('unknown-provider', {
      data: { name: options.type, known: 'local, s3, r2, b2, gcs, azure' },
    })
  const { secretFile: _file, secrets, test, type: _typed, ...given } = options
  const fromGoogle = type === 'gcs' && secrets ? environment.GOOGLE_APPLICATION_CREDENTIALS : undefined
  const credentialsFile = options.credentialsFile ?? fromGoogle
  const input: PlaceInput = {
    ...placeFields(session, { ...given, ...(credentialsFile ? { credentialsFile } : {}) }),
    name,
    type,
    secrets: await gatherSecrets(session, type, options),
  }
  if (test) output.note(say('place.trying', { place: name }))
  const place = await session.call('place.add', { ...input, test })
  warnInTheClear(session, place)
  output.outcome(placeRecord(place, explainer(session)), () => [
    say(test ? 'place.added' : 'place.addedUntried', { place: place.name, url: place.url }),
  ])
  return EXIT.done
}

async function editPlace(session: Session, wanted: string, options: EditOptions): Promise<ExitStatus> {
  const { say, output } = session
  const { id, type, prices: before } = placeNamed(await session.call('place.list', {}), wanted)
  const { secretFile, ...rest } = options
  const { prices, given } = takePrices(rest, before)
  const change = {
    ...placeFields(session, given),
    ...(given.budget === 'none' ? { budgetBytes: null } : {}),
    ...(prices === undefined ? {} : { prices }),
  }
  const secrets = secretFile === undefined ? undefined : await secretsFrom(session, secretFile, type)
  if (Object.keys(change).length === 0 && !secrets) throw new UsageError('nothingToChange')
  const place = await session.call('place.update', { id, change, ...(secrets ? { secrets } : {}) })
  warnInTheClear(session, place)
  output.outcome(placeRecord(place, explainer(session)), () => [
    say('place.edited', { place: place.name, url: place.url }),
  ])
  return EXIT.done
}

function warnInTheClear({ say, output }: Session, { endpoint }: Place): void {
  if (isInTheClear(endpoint)) output.warn(output.paintNote('warn', say.any('places.inTheClear')))
}

async function listPlaces(session: Session): Promise<ExitStatus> {
  const { say, output } = session
  const places = await session.call('place.list', {})
  const explain = explainer(session)
  output.answer({ places: places.map((place) => placeRecord(place, explain)) }, () =>
    places.length === 0 ? [say('place.none')] : placeTable(places, say, output.paint),
  )
  return EXIT.done
}

async function testPlace(session: Session, name: string): Promise<ExitStatus> {
  const { say, output } = session
  const place = placeNamed(await session.call('place.list', {}), name)
  const result = await session.call('place.test', { id: place.id })
  if (result.error) throw errorOfWire({ ...result.error, data: { place: place.name, ...result.error.data } })
  const { capabilities } = result
  output.answer(
    {
      place: place.name,
      ok: result.ok,
      duration_ms: result.durationMs,
      capabilities: capabilities ? capabilitiesRecord(capabilities) : null,
    },
    () => [
      say('place.works', { place: place.name, ms: result.durationMs }),
      ...(capabilities ? learned(session, capabilities) : []),
    ],
  )
  return EXIT.done
}

/** What a test found out, a line each. */
function learned({ say }: Session, found: PlaceCapabilities): string[] {
  const keys = [
    found.conditionalWrites ? 'conditionalYes' : 'conditionalNo',
    ...(found.deletes === undefined ? [] : [found.deletes ? 'deleteYes' : 'deleteNo']),
    ...(found.versioning === undefined ? [] : [found.versioning ? 'versioningYes' : 'versioningNo']),
  ]
  const lines = keys.map((key) => say.any(`places.learn.${key}`))
  const { freeBytes, totalBytes } = found
  if (freeBytes !== undefined && totalBytes !== undefined)
    lines.push(say.any('places.learn.free', { free: say.bytes(freeBytes), total: say.bytes(totalBytes) }))
  return lines
}

async function removePlace(session: Session, name: string): Promise<ExitStatus> {
  const { say, output } = session
  const place = placeNamed(await session.call('place.list', {}), name)
  if (!(await confirmed(session, 'place.confirmRemove', { place: place.name, count: place.copies })))
    throw new EverstowError('cancelled')
  const { copiesLeftBehind } = await session.call('place.remove', { id: place.id })
  output.outcome({ place: place.name, removed: true, copies_left_behind: copiesLeftBehind }, () => [
    say('place.removed', { place: place.name, count: copiesLeftBehind, url: place.url }),
  ])
  return EXIT.done
}
