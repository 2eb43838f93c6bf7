import { type Operation, type World, xmlAnswer } from '../call.ts'
import { s3Error } from '../errors.ts'
import { createBucket, currentVersion, findBucket, sortedKeys } from '../state.ts'
import { childText, document, element, parseXml } from '../xml.ts'
import { readSmallBody } from './read-small-body.ts'

export const listBuckets: Operation = (_call, world) => {
  const inner = [...world.buckets.keys()].map((name) => `<Bucket>${element('Name', name)}</Bucket>`)
  return xmlAnswer(document('ListAllMyBucketsResult', `<Buckets>${inner.join('')}</Buckets>`))
}

export const createNewBucket: Operation = (call, world) => {
  const name = call.bucketName ?? ''
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) throw s3Error('InvalidBucketName')
  if (world.buckets.has(name)) throw s3Error('BucketAlreadyOwnedByYou', { BucketName: name })
  const objectLock = call.headers['x-amz-bucket-object-lock-enabled'] === 'true'
  world.buckets.set(name, createBucket(name, { objectLock, versioning: objectLock ? 'Enabled' : undefined }))
  return { status: 200, headers: { location: `/${name}` } }
}

export const headBucket: Operation = (call, world) => {
  findBucket(world.buckets, call.bucketName)
  return { status: 200, headers: { 'x-amz-bucket-region': world.region } }
}

export const deleteBucket: Operation = (call, world) => {
  const bucket = findBucket(world.buckets, call.bucketName)
  if (sortedKeys(bucket).some((key) => currentVersion(bucket, key))) throw s3Error('BucketNotEmpty')
  world.buckets.delete(bucket.name)
  return { status: 204 }
}

export const getBucketLocation: Operation = (call, world) => {
  findBucket(world.buckets, call.bucketName)
  return xmlAnswer(document('LocationConstraint', world.region))
}

export const getBucketVersioning: Operation = (call, world) => {
  refuseSettings(world)
  const bucket = findBucket(world.buckets, call.bucketName)
  return xmlAnswer(document('VersioningConfiguration', element('Status', bucket.versioning)))
}

export const putBucketVersioning: Operation = async (call, world) => {
  refuseSettings(world)
  const bucket = findBucket(world.buckets, call.bucketName)
  const status = childText(parseXml(await readSmallBody(call)), 'Status')
  if (status !== 'Enabled' && status !== 'Suspended') throw s3Error('MalformedXML')
  bucket.versioning = status
  return { status: 200 }
}

export const getObjectLockConfiguration: Operation = (call, world) => {
  refuseSettings(world)
  const bucket = findBucket(world.buckets, call.bucketName)
  if (!bucket.objectLock) throw s3Error('ObjectLockConfigurationNotFoundError', { BucketName: bucket.name })
  return xmlAnswer(document('ObjectLockConfiguration', element('ObjectLockEnabled', 'Enabled')))
}

function refuseSettings(world: World): void {
  if (world.withoutBucketSettings) throw s3Error('NotImplemented')
}
