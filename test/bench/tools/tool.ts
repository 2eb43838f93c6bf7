import type { Command } from '../measure.ts'
import type { WorkloadName } from '../workloads/workloads.ts'

/** What is measured with a tool, in the order in which it is done to one repository. */
export type Operation = 'first' | 'unchanged' | 'edited' | 'restore' | 'check' | 'prune'

/** Where a repository lies in S3, and the keys to it. */
export interface Bucket {
  readonly endpoint: string
  readonly name: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** What a repository is made for. */
export interface Purpose {
  /** An empty folder for the repository, the tool's cache and all else it writes. */
  readonly folder: string
  /** The tree that is backed up. */
  readonly source: string
  /** The repository lies there instead of in the folder. */
  readonly bucket?: Bucket
}

/** A repository that was just made and is empty. */
export interface Repository {
  /** The command of an operation; `into` is an empty folder for a restore. */
  command(operation: Operation, into: string): Command
  /** Bytes of the repository as it lies in its folder. */
  storedBytes(): number
}

/** A backup program, or a plain command to compare with. */
export interface Tool {
  readonly id: string
  /** The name and version of the program, or why it cannot take part. */
  find(): Promise<{ readonly version: string } | { readonly missing: string }>
  takesPart(operation: Operation, workload: WorkloadName, round: number): boolean
  /** Makes an empty repository, encrypted where the tool can do that. */
  open(purpose: Purpose): Promise<Repository>
  readonly speaksS3: boolean
}

/** All that a tool's processes find in their environment, beside what is its own. */
export function bareEnvironment(home: string): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: home, LANG: 'C.UTF-8', TZ: 'UTC' }
}

/** The keys of a bucket as every S3 client finds them. */
export function bucketEnvironment(bucket: Bucket | undefined): Record<string, string> {
  if (!bucket) return {}
  return {
    AWS_ACCESS_KEY_ID: bucket.accessKeyId,
    AWS_SECRET_ACCESS_KEY: bucket.secretAccessKey,
    AWS_DEFAULT_REGION: bucket.region,
  }
}
