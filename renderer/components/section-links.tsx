import { Button, Group } from '@mantine/core'

interface SectionLinksProps<Name extends string> {
  /** What all of them together are. */
  readonly label: string
  readonly sections: readonly { readonly name: Name; readonly title: string; readonly href: string }[]
  readonly current: Name
}

/** The way between the parts of a page. */
export function SectionLinks<Name extends string>({ label, sections, current }: SectionLinksProps<Name>) {
  return (
    <Group component="nav" gap={4} mb="md" aria-label={label}>
      {sections.map(({ name, title, href }) => (
        <Button
          key={name}
          component="a"
          size="sm"
          radius="xl"
          variant={name === current ? 'light' : 'subtle'}
          color={name === current ? undefined : 'gray'}
          href={href}
          aria-current={name === current ? 'page' : undefined}
        >
          {title}
        </Button>
      ))}
    </Group>
  )
}
