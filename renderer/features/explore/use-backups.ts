import type { CallOutput, DataBackup, WireError } from '../../../main/contract/index.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'

const LISTED = 200

export interface Backups {
  /** Newest first. */
  readonly list: readonly DataBackup[]
  readonly total: number
  readonly error: WireError | undefined
  readonly busy: boolean
  readonly isKnown: boolean
}

/** The newest backups that can be read, of a plan where one is named; asked again when one came or went. */
export function useBackups(plan: string | undefined, search = ''): Backups {
  const recent = useSlice('recent')
  const { data, error, busy } = useAnswer(
    'data.backups',
    { limit: LISTED, ...(plan && { plan }), ...(search && { search }) },
    JSON.stringify([recent?.total, recent?.backups[0]?.id]),
  )
  return { ...rowsOf(data), error, busy, isKnown: data !== undefined }
}

function rowsOf(data: CallOutput<'data.backups'> | undefined): Pick<Backups, 'list' | 'total'> {
  return { list: data?.backups ?? [], total: data?.total ?? 0 }
}
