/** The look of the printed kit: black on white, sizes in points and millimetres, one sheet of A4 or Letter. */
export const KIT_STYLE = `
@page { margin: 12mm 15mm }
* { box-sizing: border-box; margin: 0; padding: 0 }
body { background: #fff; color: #000; font: 10pt/1.4 system-ui, "Helvetica Neue", Arial, sans-serif }
main { max-width: 180mm; margin: 0 auto; padding: 10mm 0 }
.brand { font-weight: 700; letter-spacing: .02em }
h1 { font-size: 22pt; line-height: 1.15; margin-bottom: 2mm }
h2 { font-size: 12pt; margin: 5mm 0 2mm }
.mono, code, .words { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace }
.facts { display: flex; gap: 8mm; align-items: flex-start; justify-content: space-between; margin-top: 4mm }
dl { flex: 1; min-width: 0 }
dt { font-size: 8.5pt; font-weight: 600; margin-top: 2.5mm }
dt:first-child { margin-top: 0 }
dd { overflow-wrap: anywhere }
dd ul { list-style: none }
dd .mono { font-size: 9pt }
figure { flex: none; width: 48mm; text-align: center; font-size: 8.5pt }
figure svg { display: block; width: 48mm; height: 48mm }
.words { display: grid; grid-template-columns: repeat(4, 1fr); list-style: none; counter-reset: word; border: solid #000; border-width: .4mm 0 0 .4mm }
.words li { counter-increment: word; display: flex; gap: 2.5mm; align-items: baseline; padding: 2mm 3mm; font-size: 13pt; border: solid #000; border-width: 0 .4mm .4mm 0 }
.words li::before { content: counter(word); width: 5mm; flex: none; text-align: right; font-size: 8.5pt }
.steps { padding-left: 5mm }
.steps li { margin-bottom: 1mm }
section > p { margin-top: 2mm }
code { font-size: 9pt; border: .1mm solid #000; padding: 0 1mm; white-space: nowrap }
footer { display: flex; gap: 8mm; margin-top: 8mm }
footer p { flex: 1; display: flex; gap: 2mm; align-items: flex-end }
footer i { flex: 1; border-bottom: .2mm solid #000; height: 6mm }
section, footer, li { break-inside: avoid }
@media screen and (max-width: 200mm) { main { padding: 10mm 5mm } }
@media screen and (max-width: 130mm) {
  .facts, footer { flex-direction: column }
  .words { grid-template-columns: repeat(2, 1fr) }
}
@media print { main { max-width: none; padding: 0 } }
`
