import {
  type CSSVariablesResolver,
  createTheme,
  Drawer,
  Loader,
  type MantineColorsTuple,
  Modal,
} from '@mantine/core'
import styles from './theme.module.css'

/** The one accent: a deep harbour green. Shade 7 carries white text at 6:1. */
const harbour: MantineColorsTuple = [
  '#e7f6f2',
  '#cfece4',
  '#a1d9cc',
  '#6fc5b2',
  '#46b39c',
  '#23a088',
  '#0e7d6a',
  '#0b6b63',
  '#08554f',
  '#053f3b',
]

/** Night shades with a hint of the accent. 7: page, 6: card, 4: border, 2: secondary text (above 5:1 on a card). */
const dark: MantineColorsTuple = [
  '#e6ecec',
  '#c3cdce',
  '#a3b1b3',
  '#74858a',
  '#3a484d',
  '#2d393e',
  '#1f292d',
  '#151d20',
  '#10171a',
  '#0b1012',
]

/** The head of a dialog is not the page's: of two dialogs, one over the other, each would claim to be. */
const NO_BANNER = { header: { role: 'presentation' } }

export const theme = createTheme({
  primaryColor: 'harbour',
  primaryShade: { light: 7, dark: 6 },
  colors: { harbour, dark },
  black: '#15211f',
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  components: {
    // What turns says so: a name needs a role to be heard.
    Loader: Loader.extend({ defaultProps: { role: 'status' } }),
    Modal: Modal.extend({
      defaultProps: { radius: 'lg', padding: 'lg', attributes: NO_BANNER },
      classNames: { title: styles.title },
    }),
    Drawer: Drawer.extend({
      defaultProps: { padding: 'lg', attributes: NO_BANNER },
      classNames: { title: styles.title },
    }),
  },
  headings: { fontWeight: '650', textWrap: 'balance' },
})

/** Colours of ours that both themes need: readable secondary text, page and card, and one ink a state. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#56646a',
    '--mantine-color-placeholder': '#66737a',
    '--mantine-color-error': '#b42318',
    '--es-page': '#f4f7f6',
    '--es-card': '#ffffff',
    '--es-line': '#e0e7e5',
    '--es-ok': '#0b6b4a',
    '--es-ok-soft': '#e2f4ea',
    '--es-work': '#0b5f8a',
    '--es-work-soft': '#e3f1fa',
    '--es-calm': '#4c5a61',
    '--es-calm-soft': '#e9eeef',
    '--es-warn': '#8a4b00',
    '--es-warn-soft': '#fdf0dc',
    '--es-bad': '#b42318',
    '--es-bad-soft': '#fdeae7',
    '--es-shadow': '0 1px 2px rgb(16 40 38 / 5%), 0 4px 16px rgb(16 40 38 / 4%)',
  },
  dark: {
    '--mantine-color-body': '#1a2326',
    '--mantine-color-dimmed': '#a3b1b3',
    '--mantine-color-placeholder': '#94a3a6',
    '--mantine-color-error': '#ff9d92',
    '--mantine-color-harbour-light': '#143a34',
    '--mantine-color-harbour-light-hover': '#1a4840',
    '--mantine-color-harbour-light-color': '#a5e6d8',
    '--es-page': '#12191b',
    '--es-card': '#1a2326',
    '--es-line': '#2c383c',
    '--es-ok': '#6fd6a7',
    '--es-ok-soft': '#173429',
    '--es-work': '#7cc7f2',
    '--es-work-soft': '#16303e',
    '--es-calm': '#b4c1c4',
    '--es-calm-soft': '#273236',
    '--es-warn': '#f3bd6b',
    '--es-warn-soft': '#3b2c14',
    '--es-bad': '#ff9d92',
    '--es-bad-soft': '#40211e',
    '--es-shadow': '0 1px 2px rgb(0 0 0 / 30%)',
  },
})
