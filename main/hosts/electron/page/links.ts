import type { ElectronApi, ShellLog } from '../ports.ts'

/** Every page of the web that the window can lead to. The page names an id; an address from the page is never opened. */
export const LINKS = {
  's3-keys': 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html',
  'r2-keys': 'https://developers.cloudflare.com/r2/api/tokens/',
  'b2-keys': 'https://www.backblaze.com/docs/cloud-storage-create-and-manage-app-keys',
  'gcs-keys': 'https://cloud.google.com/iam/docs/keys-create-delete',
  'azure-keys': 'https://learn.microsoft.com/azure/storage/common/storage-account-keys-manage',
} as const

const LINK_PATH = /^\/link\/([a-z0-9-]{1,40})$/

/** The id in an address such as `app://ui/link/r2-keys`, which the page opens in a new window; undefined for any other. */
export function linkIdOf(address: string, isUiAddress: (address: string) => boolean): string | undefined {
  return isUiAddress(address) ? LINK_PATH.exec(new URL(address).pathname)?.[1] : undefined
}

/** The address behind an id, if there is one and it is https without a user name; undefined otherwise. */
export function addressOfLink(
  id: string,
  links: Readonly<Record<string, string>> = LINKS,
): string | undefined {
  const address = Object.hasOwn(links, id) ? links[id] : undefined
  if (address === undefined || !URL.canParse(address)) return undefined
  const url = new URL(address)
  return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : undefined
}

/** The one way out to a browser. Resolves to whether something was opened. */
export async function openLink(
  shell: Pick<ElectronApi['shell'], 'openExternal'>,
  id: string,
  log: ShellLog,
): Promise<boolean> {
  const address = addressOfLink(id)
  if (address === undefined) {
    log.warn('refused a link', { id })
    return false
  }
  try {
    await shell.openExternal(address)
    return true
  } catch (error) {
    log.warn('no browser opened the link', { id, reason: String(error) })
    return false
  }
}
