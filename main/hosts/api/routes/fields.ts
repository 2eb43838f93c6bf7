import { z } from 'zod'

/** An id or a name. */
export const Name = z.string().min(1).max(120)
/** Digits in a query, as their number. */
export const WholeText = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
/** A whole number in a query. */
export const Whole = (least: number, most: number) => WholeText.pipe(z.int().min(least).max(most))
/** Yes or no in a query. */
export const Flag = z.enum(['true', 'false']).transform((text) => text === 'true')
/** A day, or a time with its zone. */
export const DateOrTime = z.union([z.iso.date(), z.iso.datetime({ offset: true })])

/** The answer of what takes long. */
export const Started = z.object({ job_id: z.string(), location: z.string() })

export function started({ runId }: { readonly runId: string }): z.input<typeof Started> {
  return { job_id: runId, location: `/api/v1/jobs/${runId}` }
}
