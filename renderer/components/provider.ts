import {
  type Icon,
  IconBrandAws,
  IconBrandAzure,
  IconBrandCloudflare,
  IconBrandGoogle,
  IconBucket,
  IconDeviceDesktop,
  IconDeviceUsb,
  IconFlame,
  IconServer,
} from '@tabler/icons-react'

/** The kinds of place a person can choose. `s3-compatible` is `s3` to the engine, with an endpoint of its own. */
export const providerKinds = ['local', 's3', 'r2', 'b2', 'gcs', 'azure', 's3-compatible'] as const
export type ProviderKind = (typeof providerKinds)[number]

export const providerIcons: Record<ProviderKind, Icon> = {
  local: IconDeviceDesktop,
  s3: IconBrandAws,
  r2: IconBrandCloudflare,
  b2: IconFlame,
  gcs: IconBrandGoogle,
  azure: IconBrandAzure,
  's3-compatible': IconBucket,
}

/** The kind a stored place shows as. */
export function kindOf(place: {
  readonly type: Exclude<ProviderKind, 's3-compatible'>
  readonly endpoint?: string
}): ProviderKind {
  return place.type === 's3' && place.endpoint ? 's3-compatible' : place.type
}

/** Where systems show drives that come and go, and folders of other computers. */
const DRIVE = /^(\/(media|run\/media|mnt|Volumes)\/|[D-Zd-z]:[\\/])/
const SHARE = /^(\\\\|\/\/|\/(net|smb|nfs)\/|\/run\/user\/\d+\/gvfs\/)/

/** The icon of one place: folders of this computer, of a drive and of another computer are told apart by where they lie. */
export function placeIcon(place: Parameters<typeof kindOf>[0] & { readonly path?: string }): Icon {
  const kind = kindOf(place)
  if (kind !== 'local' || place.path === undefined) return providerIcons[kind]
  if (SHARE.test(place.path)) return IconServer
  return DRIVE.test(place.path) ? IconDeviceUsb : IconDeviceDesktop
}
