import type { CallInput, CallName, CallOutput } from '../../contract/index.ts'
import { EverstowError, hasCode } from '../../engine/model/errors.ts'
import type { Session } from './session.ts'

/** Fields of the data calls as they are typed. */
const TYPED: Readonly<Record<string, string>> = {
  path: 'PATH',
  select: 'SELECT',
  text: 'NAME',
  toPath: '--to-path',
  pointer: '--pointer',
  at: '--at',
  name: '--name',
  folder: '--folder',
  modifiedFrom: '--modified-from',
  modifiedTo: '--modified-to',
}

/** Asks for data in backups; what does not fit is named as it was typed. */
export async function askData<N extends CallName & `data.${string}`>(
  session: Session,
  name: N,
  input: CallInput<N>,
): Promise<CallOutput<N>> {
  try {
    return await session.call(name, input)
  } catch (error) {
    if (!hasCode(error, 'invalid-input')) throw error
    const { field, value } = error.data
    const typed = TYPED[String(field)]
    if (typed === undefined) throw error
    const given = (input as Readonly<Record<string, unknown>>)[String(field)]
    throw new EverstowError('invalid-input', {
      data: { ...error.data, field: typed, value: value || (typeof given === 'string' ? given : '') },
    })
  }
}
