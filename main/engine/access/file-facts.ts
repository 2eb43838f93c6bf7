/** What is known of a file in a backup without reading it. */
export interface FileFacts {
  readonly sizeBytes: number
  readonly mtimeMs: number
  /** Equal texts mean equal bytes; different ones nothing. */
  readonly content: string
  /** Of a hard link: the path of the file that it is a name of. */
  readonly linkTo?: string
  /** It has other names, which nothing says at this one. */
  readonly isLinked?: boolean
}
