import { createInstance, type i18n } from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import en from '../../assets/locales/en.json' with { type: 'json' }
import fr from '../../assets/locales/fr.json' with { type: 'json' }
import { missingFields, placeInputOf } from '../../renderer/features/places/place-fields.ts'
import { originalFolderOf } from '../../renderer/features/restore/restore-order.ts'
import { bytesText, durationText } from '../../renderer/words/amounts.ts'
import { cronText } from '../../renderer/words/cron-text.ts'
import { scheduleText } from '../../renderer/words/schedules.ts'
import { errorText, sentenceText } from '../../renderer/words/sentences.ts'
import { dateText, dayText, exactText, relativeText, zoneTimeText } from '../../renderer/words/times.ts'

/** Intl puts no-break spaces of two widths between numbers and units; here they only stand in the way. */
const plain = (text: string | undefined): string | undefined => text?.replace(/[\u00a0\u202f]/g, ' ')

let words: Record<'en' | 'fr', i18n>

beforeAll(() => {
  const load = (lng: string): i18n => {
    const instance = createInstance()
    void instance.init({
      lng,
      initAsync: false,
      resources: { en: { translation: en }, fr: { translation: fr } },
      interpolation: { escapeValue: false },
      missingInterpolationHandler: () => '',
    })
    return instance
  }
  words = { en: load('en'), fr: load('fr') }
})

test.each([
  [0, '0 bytes', '0 octet'],
  [1, '1 byte', '1 octet'],
  [999, '999 bytes', '999 octets'],
  [1_000, '1 kB', '1 ko'],
  [1_549_000, '1.5 MB', '1,5 Mo'],
  [999_600, '1 MB', '1 Mo'],
  [312_400_000_000, '312 GB', '312 Go'],
  [2_000_000_000_000_000_000, '2,000 PB', '2 000 Po'],
])('%d bytes', (bytes, english, french) => {
  expect(plain(bytesText(bytes, 'en'))).toBe(english)
  expect(plain(bytesText(bytes, 'fr'))).toBe(french)
})

test('durations take at most two units', () => {
  expect(plain(durationText(420, 'en'))).toBe('420 ms')
  expect(plain(durationText(94_000, 'en'))).toBe('1 min 34 sec')
  expect(plain(durationText(4_200_000, 'fr'))).toBe('1 h 10 min')
})

test('times are relative near by and a date far away', () => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  const at = (offsetMs: number) => relativeText(new Date(now + offsetMs).toISOString(), now, 'en')
  expect(at(-10_000)).toBeUndefined()
  expect(at(-50_000)).toBe('1 minute ago')
  expect(at(-12 * 60_000)).toBe('12 minutes ago')
  expect(at(3 * 3_600_000)).toBe('in 3 hours')
  expect(at(-26 * 3_600_000)).toBe('yesterday')
  expect(at(-90 * 86_400_000)).toBe('Aug 23, 2026')
})

test('bytes and times in a sentence of the engine are written out', () => {
  const sentence = {
    key: 'checks.spaceShort',
    params: { freeBytes: 1_200_000_000, neededBytes: 4_260_000_000 },
  }
  expect(plain(sentenceText(sentence, words.en.t, 'en'))).toBe(
    'There is not enough space: 1.2 GB free, 4.3 GB needed. Free some, or choose a folder on another disk.',
  )
  const paused = { key: 'status.paused', params: { until: '2026-11-21T18:00:00.000Z' } }
  expect(sentenceText(paused, words.fr.t, 'fr')).toMatch(/jusqu’à 21 nov\. 2026/)
})

test('an error names its place, and shows its facts but no placeholder', () => {
  const refused = { code: 'credentials-refused', data: { status: 403 }, retry: 'never' } as const
  expect(errorText(refused, words.en, 'Cloudflare R2')).toEqual({
    what: 'Cloudflare R2 refused the key.',
    safe: 'Nothing is lost; other places go on.',
    todo: 'Check the key. It may be mistyped, expired or revoked.',
    facts: ['code: credentials-refused', 'status: 403'],
  })
  expect(errorText(refused, words.fr).what).toBe('L’emplacement\u202f: la clé est refusée.')
  expect(errorText({ code: 'made-up', data: {}, retry: 'never' }, words.en).what).toBe(
    'Everstow made a mistake.',
  )
})

test('a schedule nobody offers is still said', () => {
  expect(scheduleText('every:24h', words.en.t, 'en')).toBe('Every day')
  expect(scheduleText('daily@03:30', words.en.t, 'en')).toBe('Every day at 03:30')
  expect(scheduleText('weekly@sun 04:00', words.en.t, 'en')).toBe('Every Sunday at 04:00')
  expect(scheduleText('monthly@last 04:00', words.en.t, 'en')).toBe('On the last day of each month at 04:00')
  expect(scheduleText('monthly@1 04:00', words.en.t, 'en')).toBe('On the first day of each month at 04:00')
  expect(scheduleText('monthly@1 04:00', words.fr.t, 'fr')).toBe('Chaque mois, le 1er à 04:00')
  expect(scheduleText('monthly@11 04:00', words.fr.t, 'fr')).toBe('Chaque mois, le 11 à 04:00')
  const english = (text: string) => scheduleText(text, words.en.t, 'en')
  const french = (text: string) => scheduleText(text, words.fr.t, 'fr')
  expect(english('every:90m')).toBe('Every 90 minutes')
  expect(french('every:2d')).toBe('Tous les 2 jours')
  expect(english('every:1h')).toBe('Every hour')
  expect(english('weekly@mon-fri 18:00')).toBe('Monday to Friday at 18:00')
  expect(french('weekly@sat-sun 08:00,18:30')).toBe('Chaque samedi et dimanche à 08:00 et 18:30')
  expect(english('weekly@mon-sun 18:00')).toBe('Every day at 18:00')
  expect(english('0 4 * * 0')).toBe('Custom: 0 4 * * 0')
})

test('a cron expression is read out, where there are words for it', () => {
  expect(cronText('0 4 * * 0', 'en-GB')).toBe('At 04:00, only on Sunday')
  expect(cronText('30 18 1,15 * *', 'fr')).toBe('À 18:30, le 1 et 15 du mois')
  expect(cronText('2030-01-01T02:00:00', 'en')).toBeUndefined()
})

test('the original place is offered only where one folder holds every source', () => {
  expect(originalFolderOf(['/home/ada/Documents', '/home/ada/Pictures/'])).toBe('/home/ada')
  expect(originalFolderOf(['/srv'])).toBe('/')
  expect(originalFolderOf(['C:\\Users\\ada\\Documents'])).toBe('C:\\Users\\ada')
  expect(originalFolderOf(['D:\\Photos'])).toBe('D:\\')
  expect(originalFolderOf(['/home/ada/Documents', '/srv/data'])).toBeUndefined()
  expect(originalFolderOf(['/home/ada/*.odt'])).toBeUndefined()
  expect(originalFolderOf([])).toBeUndefined()
})

test('a place’s form sends what was typed, secrets apart, and knows what is missing', () => {
  const typed = {
    endpoint: ' https://s3.example ',
    bucket: 'b',
    accessKeyId: 'AK',
    secretAccessKey: 'SK',
    region: '',
  }
  expect(placeInputOf('s3-compatible', ' MinIO ', typed)).toEqual({
    name: 'MinIO',
    type: 's3',
    endpoint: 'https://s3.example',
    bucket: 'b',
    secrets: { accessKeyId: 'AK', secretAccessKey: 'SK' },
  })
  expect(placeInputOf('s3', 'S3', { bucket: 'b' })).toEqual({ name: 'S3', type: 's3', bucket: 'b' })
  expect(missingFields('r2', { bucket: 'b' }, [])).toEqual(['account', 'accessKeyId', 'secretAccessKey'])
  expect(missingFields('r2', { bucket: 'b', account: 'a' }, ['accessKeyId', 'secretAccessKey'])).toEqual([])
})

test('the first of a month is the 1er in French, and no other day is', () => {
  expect(plain(dateText('2026-03-01', 'fr'))).toBe('1er mars 2026')
  expect(plain(dayText('2026-03-01', 'fr'))).toBe('dim. 1er mars')
  expect(exactText('2026-03-01T12:00:00', 'fr')).toMatch(/^1er mars 2026/)
  expect(zoneTimeText('2026-03-01T12:00:00Z', 'fr', 'UTC')).toMatch(/^dimanche 1er mars/)
  expect(plain(dateText('2026-03-11', 'fr'))).toBe('11 mars 2026')
  expect(plain(dateText('2026-03-01', 'en-GB'))).toBe('1 Mar 2026')
})
