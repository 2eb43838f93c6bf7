/** Endings that people and programs give their files; none of them is a sign of anything. */
const KNOWN: ReadonlySet<string> = new Set(
  [
    'txt md mdx rst tex log csv tsv json jsonl ndjson xml yaml yml toml ini cfg conf env lock html htm css scss sass less svg',
    'doc docx dot dotx odt ott rtf pages xls xlsx xlsm xlsb ods numbers ppt pptx odp key pdf ps epub mobi djvu one vsd vsdx msg eml mbox pst ics vcf',
    'jpg jpeg jpe png gif bmp tif tiff webp heic heif avif jxl ico psd psb ai eps indd xcf kra svgz raw cr2 cr3 nef arw dng orf rw2 raf xmp',
    'mp3 m4a aac flac ogg oga opus wav aif aiff wma mid mp4 m4v mov avi mkv webm wmv mpg mpeg mts m2ts 3gp srt vtt prproj aep blend obj fbx stl dwg dxf skp',
    'zip gz tgz bz2 xz zst lz4 7z rar tar jar war apk iso img dmg deb rpm msi cab whl',
    'c h cc cpp hpp cs java kt kts scala go rs swift m mm py pyc pyi ipynb rb php pl lua r jl sh bash zsh fish ps1 bat cmd sql js mjs cjs jsx ts mts cts tsx vue svelte map d',
    'exe dll so dylib a lib o class wasm bin dat db sqlite sqlite3 db3 mdb accdb dump bak old orig tmp part ttf otf woff woff2 pem crt cer pub sig asc',
  ]
    .join(' ')
    .split(' '),
)

const LONGEST = 24

/** The ending of a path in lower case, without its dot; empty where there is none. */
export function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  const length = name.length - dot - 1
  return dot <= 0 || length === 0 || length > LONGEST ? '' : name.slice(dot + 1).toLowerCase()
}

/** Whether an ending is one that files usually have; none at all is. */
export function isKnownEnding(ending: string): boolean {
  return ending === '' || KNOWN.has(ending) || /^\d{1,4}$/.test(ending)
}
