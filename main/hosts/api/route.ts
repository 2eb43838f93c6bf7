import type { z } from 'zod'
import type { InProcessClient } from '../../app/in-process-client.ts'
import type { ApiRole } from '../../contract/index.ts'

/** What a handler works with, besides what was asked. */
export interface RouteContext {
  /** The contract, as far as the key's role goes; every call is written into the audit log with the key's name. Of routes that read data: those calls, through the key's gate. */
  readonly call: InProcessClient['call']
  /** Looks that the host makes on its own account, and leave no trace. */
  readonly look: InProcessClient['call']
  readonly role: ApiRole
  /** One at a time of those with the same name: for looking first and doing then. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T>
  /** A folder that a restore may write into, in its real form; refuses others. */
  restoreTarget(path: string | undefined, backupId: string): Promise<string>
}

type Fields = z.ZodObject
type Given<S extends Fields | undefined> = S extends Fields ? z.output<S> : Record<string, never>

/** One route of the API: all there is to say about it. */
export interface Route<
  P extends Fields | undefined = Fields | undefined,
  Q extends Fields | undefined = Fields | undefined,
  B extends Fields | undefined = Fields | undefined,
  R extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Parameters in braces: `/api/v1/jobs/{id}`. */
  readonly path: string
  /** What a key needs at the least; `read-data` or `admin` for data in backups. */
  readonly role: ApiRole
  /** One sentence for OpenAPI. */
  readonly summary: string
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  readonly response: R
  /** `job`: the answer has a `job_id`; it is 202, and `Location` leads to the job. `events`: an endless stream. `text`: not JSON. `bytes`: a file, or a range of it. */
  readonly kind?: 'job' | 'events' | 'text' | 'bytes'
  /** `unknown-…` where the caller named something by id: not found, rather than a request that makes no sense. */
  handle(
    given: { readonly params: Given<P>; readonly query: Given<Q>; readonly body: Given<B> },
    context: RouteContext,
  ): Promise<z.input<R>>
}

/** Declares a route; the types of its handler come from its schemas. */
export function route<
  R extends z.ZodType,
  P extends Fields | undefined = undefined,
  Q extends Fields | undefined = undefined,
  B extends Fields | undefined = undefined,
>(declared: Route<P, Q, B, R>): Route {
  return declared as unknown as Route
}
