/** Keys of the objects of a sync space, under the place's prefix (docs/format/sync.md, section 1). */

/** Of what is said of all spaces of a place. */
export const ABOUT_PREFIX = 'sync/about/'

/** `sync/about/<spaceId>` */
export const aboutKey = (spaceId: string): string => ABOUT_PREFIX + spaceId

/** What `log/<slot>` follows. */
export const slotsPrefix = (spaceId: string): string => `sync/${spaceId}/`

export const packsPrefix = (spaceId: string): string => `sync/${spaceId}/data/`

/** `sync/<spaceId>/data/<packId>` */
export const spacePackKey = (spaceId: string, packId: string): string => packsPrefix(spaceId) + packId

export const checkpointsPrefix = (spaceId: string): string => `sync/${spaceId}/checkpoint/`

/** `sync/<spaceId>/checkpoint/<slot>` */
export const checkpointKey = (spaceId: string, slot: number): string =>
  checkpointsPrefix(spaceId) + String(slot).padStart(12, '0')
