import type { ReactNode } from 'react'
import styles from './picture.module.css'

/** Pictures of empty states; each says in a shape what its sentence says in words. */
const pictures = {
  /** Layers on their way into an open chest. */
  chest: (
    <>
      <path className={styles.half} d="M48 38 74 25l26 13v6L74 31 48 44z" />
      <path className={styles.half} d="M48 52 74 39l26 13v6L74 45 48 58z" />
      <path className={styles.paper} d="M42 66 74 50l32 16v18a5 5 0 0 1-5 5H47a5 5 0 0 1-5-5z" />
      <path className={styles.line} d="m65 74 7 6.5 12-13" />
    </>
  ),
  /** The same thing in three places. */
  places: (
    <>
      <path className={styles.faint} strokeDasharray="1 7" d="M40 58h68M74 40v-2" />
      <rect className={styles.paper} x="22" y="50" width="30" height="34" rx="5" />
      <path className={styles.line} d="M29 75h8" />
      <circle className={styles.full} cx="43" cy="75" r="2.5" />
      <path className={styles.paper} d="M62 47a9 9 0 0 1 2-17.8 13 13 0 0 1 24.6 2.8A7.7 7.7 0 0 1 87 47z" />
      <path className={styles.paper} d="M94 84V64l16-13 16 13v20z" />
      <path className={styles.line} d="M105 84V72h10v12" />
    </>
  ),
  /** Two sheets that say the same. */
  agree: (
    <>
      <rect className={styles.paper} x="34" y="26" width="36" height="48" rx="5" />
      <path className={styles.faint} d="M43 40h18M43 50h18M43 60h10" />
      <rect className={styles.paper} x="80" y="34" width="36" height="48" rx="5" />
      <path className={styles.faint} d="M89 48h18M89 58h18M89 68h10" />
      <circle className={styles.full} cx="75" cy="56" r="14" />
      <path className={styles.sign} d="m69 56.5 4.2 4 7.8-8.5" />
    </>
  ),
  /** A folder that comes back. */
  back: (
    <>
      <path
        className={styles.paper}
        d="M36 84V38a5 5 0 0 1 5-5h17l8 9h41a5 5 0 0 1 5 5v37a5 5 0 0 1-5 5H41a5 5 0 0 1-5-5z"
      />
      <path className={styles.faint} d="M36 52h76" />
      <path className={styles.line} d="M62 71a13 13 0 1 0 4-9.5" />
      <path className={styles.line} d="M64.5 53.5v9h9" />
      <path className={styles.line} d="M75 65.5V71l4.5 3" />
    </>
  ),
  /** A boat at rest: nothing to do is good news. */
  calm: (
    <>
      <path className={styles.paper} d="M72 26v40H46z" />
      <path className={styles.half} d="M79 36v30h18z" />
      <path className={styles.full} d="M42 71h64l-8 12a5 5 0 0 1-4.2 2.3H54.2A5 5 0 0 1 50 83z" />
      <path
        className={styles.faint}
        d="M20 92c6 0 6-4 12-4s6 4 12 4 6-4 12-4 6 4 12 4 6-4 12-4 6 4 12 4 6-4 12-4 6 4 12 4 6-4 12-4"
      />
    </>
  ),
  /** A database, stowed whole. */
  database: (
    <>
      <path className={styles.paper} d="M48 36v40c0 6 11.6 11 26 11s26-5 26-11V36" />
      <ellipse className={styles.paper} cx="74" cy="36" rx="26" ry="10" />
      <path
        className={styles.faint}
        d="M48 50c0 6 11.6 10 26 10s26-4 26-10M48 63c0 6 11.6 10 26 10s26-4 26-10"
      />
      <circle className={styles.full} cx="101" cy="78" r="13" />
      <path className={styles.sign} d="m95.5 78.5 4 3.8 7.2-8" />
    </>
  ),
} satisfies Record<string, ReactNode>

export type PictureName = keyof typeof pictures

/** A small drawing beside words that say it all: nothing for those who only listen. */
export function Picture({ name }: { name: PictureName }) {
  return (
    <svg className={styles.picture} viewBox="0 0 148 104" aria-hidden="true" focusable="false">
      <ellipse className={styles.ground} cx="74" cy="58" rx="70" ry="42" />
      {pictures[name]}
    </svg>
  )
}
