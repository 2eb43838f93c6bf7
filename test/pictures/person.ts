import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const DAY = 86_400_000
const PHOTO_BYTES = 1_600_000

/** Somebody's folders, as they were on a day. */
export interface Person {
  /** Where the folders lie. */
  readonly home: string
  /** Lives one day: photos at weekends, papers in the week. */
  live(dayMs: number): void
}

/** A person with papers, photos and notes from before `startMs`. */
export function createPerson(home: string, startMs: number): Person {
  let photos = 0

  function write(path: string, content: string | Buffer, atMs: number): void {
    const file = join(home, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    utimesSync(file, atMs / 1_000, atMs / 1_000)
  }
  function photo(album: string, atMs: number): void {
    photos += 1
    const name = `IMG_${String(4_100 + photos)}.jpg`
    write(`Photos/${album}/${name}`, randomBytes(PHOTO_BYTES + (photos % 7) * 90_000), atMs)
  }
  const paper = (path: string, atMs: number, kilobytes: number): void =>
    write(`Documents/${path}`, randomBytes(kilobytes * 1_000), atMs)

  for (let at = 0; at < 18; at++) photo('2026-07 Brittany', startMs - (90 - at) * DAY)
  for (let at = 0; at < 12; at++) photo('2026-09 Lyon', startMs - (30 - at) * DAY)
  for (const year of [2024, 2025, 2026]) {
    paper(`Taxes/${year}/Declaration.pdf`, startMs - (2026.8 - year) * 365 * DAY, 410)
    paper(`Taxes/${year}/Receipts.zip`, startMs - (2026.9 - year) * 365 * DAY, 2_300)
  }
  paper('Flat/Contract.pdf', startMs - 700 * DAY, 890)
  paper('Flat/Insurance.pdf', startMs - 320 * DAY, 260)
  paper('Budget.ods', startMs - 3 * DAY, 64)
  paper('Letter to the library.odt', startMs - 12 * DAY, 38)
  paper('Thesis.odt', startMs - 2 * DAY, 1_700)
  write('Notes/Garden.md', garden(), startMs - 5 * DAY)
  write('Notes/Reading list.md', readingList, startMs - 20 * DAY)

  return {
    home,
    live(dayMs) {
      const day = new Date(dayMs).getDay()
      if (day === 0 || day === 6) {
        const album = `${new Date(dayMs).toISOString().slice(0, 7)} Weekends`
        for (let at = 0; at < 3; at++) photo(album, dayMs - at * 600_000)
        paper(`Flat/Plan of the kitchen ${album.slice(0, 7)}.pdf`, dayMs, 240 + day * 60)
        return
      }
      paper('Thesis.odt', dayMs, 1_100 + (Math.floor(dayMs / DAY) % 5) * 420)
      if (day === 2) paper('Budget.ods', dayMs, 58 + (Math.floor(dayMs / DAY / 7) % 6) * 3)
      if (day === 3) paper(`Bank/Statement ${new Date(dayMs).toISOString().slice(0, 10)}.pdf`, dayMs, 120)
      if (day === 4) rmSync(join(home, 'Documents/Letter to the library.odt'), { force: true })
    },
  }
}

const readingList = '# Reading list\n\n- The sea around us\n- Walking\n- A field guide to clouds\n'

/** A note that two computers change; `line` takes the place of what it says about tomatoes, `more` comes at the end. */
export function garden(line = 'Tomatoes: twelve plants, south wall.', more = ''): string {
  return `# Garden\n\nBeans: sow in May, two rows.\n${line}\nLeeks: plant out in June.\n\n## To do\n\n- Mend the fence\n- Order seeds\n${more}`
}
