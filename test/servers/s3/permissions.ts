import { s3Error } from './errors.ts'

/** Takes a right away: from everybody, or for one access key or some keys only. */
export interface Denial {
  /** As policies name it: `s3:PutObject`; `s3:*` for all. */
  readonly action: string
  readonly key?: RegExp
  readonly accessKeyId?: string
}

export interface Permissions {
  /** Takes a right away until the answer is called. */
  deny(denial: Denial): () => void
  /** Refuses what was denied with `AccessDenied`. */
  check(request: {
    readonly action: string
    readonly key: string | undefined
    readonly accessKeyId: string
  }): void
}

/** Everything is allowed until it is denied. */
export function createPermissions(): Permissions {
  const denials = new Set<Denial>()
  return {
    deny(denial) {
      denials.add(denial)
      return () => void denials.delete(denial)
    },
    check({ action, key, accessKeyId }) {
      for (const denial of denials) {
        const meant =
          (denial.action === 's3:*' || denial.action === action) &&
          (denial.accessKeyId === undefined || denial.accessKeyId === accessKeyId) &&
          (denial.key === undefined || (key !== undefined && denial.key.test(key)))
        if (meant) throw s3Error('AccessDenied', { Action: action })
      }
    },
  }
}
