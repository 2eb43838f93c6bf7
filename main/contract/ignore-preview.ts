import { z } from 'zod'
import { Bytes } from './nouns.ts'

/** What patterns make of a folder. */
export const IgnorePreview = z.object({
  files: z.number().int(),
  bytes: Bytes,
  ignoredFiles: z.number().int(),
  /** One folder of it, each entry with what leaves it out. */
  entries: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['file', 'directory', 'symlink', 'other']),
      isChosen: z.boolean(),
      pattern: z.string().optional(),
    }),
  ),
})
export type IgnorePreview = z.infer<typeof IgnorePreview>
