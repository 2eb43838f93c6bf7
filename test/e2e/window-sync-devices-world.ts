import type { CallParsed, Invite, SyncedFolder, SyncFigures } from '../../main/contract/index.ts'
import type { DoubleWorld } from './window-double-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()

function figuresOf(syncs: DoubleWorld['state']['syncs']): SyncFigures {
  const folders = Object.values(syncs)
  const rates = ({ totals: { syncs: count, failures, averageMs } }: SyncedFolder) => ({
    syncs: count,
    failures,
    averageMs,
  })
  return {
    days: Array.from({ length: 30 }, (_, at) => ({
      date: ago((29 - at) * DAY).slice(0, 10),
      sentBytes: (at % 7) * 3_000_000,
      fetchedBytes: (at % 5) * 2_000_000,
      conflicts: at % 11 === 0 ? 2 : 0,
    })),
    cutAt: ago(20 * DAY).slice(0, 10),
    folders: folders.map((folder) => ({ folderId: folder.id, name: folder.name, ...rates(folder) })),
    places: folders.slice(0, 2).map((folder) => ({
      placeId: folder.placeId,
      placeName: folder.placeName,
      ...rates(folder),
    })),
    endings: [
      { name: 'txt', conflicts: 4 },
      { name: '', conflicts: 2 },
    ],
    devices: [{ name: 'ada-phone', conflicts: 6 }],
  }
}

/** What the double says of inviting devices, of checking a space, and of how syncing has gone. */
export function deviceAnswers(state: DoubleWorld['state']) {
  let invites: Invite[] = []
  return {
    'sync.invite': ({ placeId, hours }: CallParsed<'sync.invite'>) => {
      invites.push({
        inviteId: `inv_${invites.length}`,
        device: 'ada-laptop',
        createdAt: ago(0),
        until: ago(-hours * HOUR),
      })
      return {
        output: {
          inviteId: 'inv_1',
          placeName: state.places[placeId]?.name ?? '',
          code: 'A3CD-7FGH-KMNP-QRTV-WXY4-9ACD',
          qr: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0h1v1h-1zM1 1h1v1h-1z"/></svg>',
          until: ago(-hours * HOUR),
        },
      }
    },
    'sync.figures': () => ({ output: figuresOf(state.syncs) }),
    'sync.invites': () => ({ output: invites }),
    'sync.revokeInvites': ({ inviteId }: CallParsed<'sync.revokeInvites'>) => {
      invites = invites.filter((each) => each.inviteId !== inviteId)
      return { output: { revoked: 1 } }
    },
    'sync.check': ({ id, deep }: CallParsed<'sync.check'>) => ({
      output: {
        folderId: id,
        name: state.syncs[id]?.name ?? '',
        packs: 41,
        bytes: 318_400_000,
        damaged: deep ? ['work/report.txt'] : [],
      },
    }),
  }
}
