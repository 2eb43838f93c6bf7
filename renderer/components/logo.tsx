import logo from '../../assets/icons/logo.svg'

/** The mark of Everstow: layers stowed in a chest that closes with a tick. */
export function Logo({ size = 32 }: { size?: number }) {
  return <img src={logo} width={size} height={size} alt="" />
}
