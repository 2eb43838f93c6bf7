import type { RepositoryInfo } from '../../../contract/index.ts'
import { EverstowError } from '../../../engine/model/errors.ts'
import type { Session } from '../session.ts'

/** The repository that is meant by an id or its beginning; without one the only one there is. Throws `repository-missing`, `invalid-input`. */
export async function repositoryMeant(session: Session, wanted: string | undefined): Promise<RepositoryInfo> {
  const known = await session.call('repository.list', {})
  const meant = wanted === undefined ? known : known.filter(({ id }) => id.startsWith(wanted.toLowerCase()))
  const [only] = meant
  if (!only) throw new EverstowError('repository-missing', { data: { repository: wanted } })
  if (meant.length > 1)
    throw new EverstowError('invalid-input', {
      data: { field: '--repository', value: wanted ?? '', reason: meant.map(({ id }) => id).join(', ') },
    })
  return only
}
