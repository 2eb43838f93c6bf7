import type { Operation } from '../call.ts'
import * as buckets from './buckets.ts'
import * as list from './list.ts'
import * as multipart from './multipart.ts'
import * as objects from './objects.ts'

/** Every operation by the name the routes give it. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ListBuckets: buckets.listBuckets,
  CreateBucket: buckets.createNewBucket,
  HeadBucket: buckets.headBucket,
  DeleteBucket: buckets.deleteBucket,
  GetBucketLocation: buckets.getBucketLocation,
  GetBucketVersioning: buckets.getBucketVersioning,
  PutBucketVersioning: buckets.putBucketVersioning,
  GetObjectLockConfiguration: buckets.getObjectLockConfiguration,
  ListObjectsV2: list.listObjectsV2,
  ListObjectVersions: list.listObjectVersions,
  PutObject: objects.putObject,
  GetObject: objects.getObject,
  HeadObject: objects.headObject,
  DeleteObject: objects.deleteObject,
  DeleteObjects: objects.deleteObjects,
  CreateMultipartUpload: multipart.createMultipartUpload,
  UploadPart: multipart.uploadPart,
  ListParts: multipart.listParts,
  CompleteMultipartUpload: multipart.completeMultipartUpload,
  AbortMultipartUpload: multipart.abortMultipartUpload,
  ListMultipartUploads: multipart.listMultipartUploads,
}
