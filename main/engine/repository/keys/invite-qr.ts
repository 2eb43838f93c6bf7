import { renderSVG } from 'uqr'
import { Secret } from '../../env/secrets.ts'
import { inviteLink } from './invite-code.ts'

/** The code of an invite as a picture (SVG) for the other device to read. */
export function inviteQr(code: Secret): Secret {
  return new Secret(renderSVG(inviteLink(code).reveal(), { ecc: 'M', border: 4 }))
}
