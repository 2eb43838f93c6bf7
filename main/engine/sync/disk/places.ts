import { SYNC_FOLDER } from '../../model/synced-folder.ts'

/** What this program keeps in the synced folder, on the same volume as what is synced; never synced itself. */
export const OWN_FOLDER = SYNC_FOLDER
export const ROOT_MARKER = '.everstow-root'
/** Where `stage-names.ts` names lie. */
export const STAGE = `${OWN_FOLDER}/stage`
/** What was displaced. */
export const VERSIONS = `${OWN_FOLDER}/versions`
