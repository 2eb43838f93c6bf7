/** Begins the name of a staged node; its id follows. */
export const MOVED = 'moved-'
/** Begins the name of what was displaced, until it is retired. */
export const OLD = 'old-'
/** Begins the name of a download. */
export const NEW = 'new-'
/** Begins the name of something that is not synced, on its way to a conflict name. */
export const ASIDE = 'aside-'
