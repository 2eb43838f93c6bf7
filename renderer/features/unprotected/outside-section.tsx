import { Button, Group, Menu, Text } from '@mantine/core'
import { IconChevronDown, IconPlus } from '@tabler/icons-react'
import type { OutsideFolder, Plan } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Section } from '../../components/section.tsx'
import { goTo } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { AmountText } from './amount-text.tsx'
import styles from './unprotected.module.css'

/** Folders that no plan covers: one press adds one to a plan, another says that it needs none. */
export function OutsideSection({
  folders,
  plans,
  onChanged,
}: {
  folders: readonly OutsideFolder[]
  plans: readonly Plan[]
  onChanged: () => void
}) {
  const { t } = useWords()
  if (folders.length === 0) return null
  return (
    <Section title={t('unprotectedPage.outside')} testId="outside">
      <Card>
        <ul className={styles.list}>
          {folders.map((folder) => (
            <li key={folder.path} className={styles.row} data-testid="outside-folder">
              <FolderRow folder={folder} plans={plans} onChanged={onChanged} />
            </li>
          ))}
        </ul>
      </Card>
    </Section>
  )
}

function FolderRow({
  folder,
  plans,
  onChanged,
}: {
  folder: OutsideFolder
  plans: readonly Plan[]
  onChanged: () => void
}) {
  const { t } = useWords()
  const add = useAction('plan.update')
  const accept = useAction('unprotected.accept')
  const { name, path, amount } = folder
  const error = add.error ?? accept.error

  const addTo = async (plan: Plan): Promise<void> => {
    if (await add.act({ id: plan.id, change: { sources: [...plan.sources, path] } })) onChanged()
  }
  const leave = async (): Promise<void> => {
    if (await accept.act({ path, onPurpose: true })) onChanged()
  }
  return (
    <>
      <div className={styles.what}>
        <Text fw={600}>{name}</Text>
        <Text size="sm" c="dimmed" className="mono">
          {path}
        </Text>
      </div>
      <AmountText amount={amount} />
      <Group gap="xs">
        <AddToPlan name={name} plans={plans} busy={add.busy} onAdd={addTo} />
        <Button
          size="xs"
          variant="default"
          loading={accept.busy}
          aria-label={t('unprotectedPage.onPurposeNamed', { name })}
          onClick={leave}
        >
          {t('unprotectedPage.onPurpose')}
        </Button>
      </Group>
      {error && <ErrorNote error={error} />}
    </>
  )
}

function AddToPlan({
  name,
  plans,
  busy,
  onAdd,
}: {
  name: string
  plans: readonly Plan[]
  busy: boolean
  onAdd: (plan: Plan) => void
}) {
  const { t } = useWords()
  const [only] = plans
  const icon = <IconPlus size={14} aria-hidden />
  if (!only)
    return (
      <Button size="xs" variant="light" leftSection={icon} onClick={() => goTo('backups', 'new')}>
        {t('plans.create')}
      </Button>
    )
  const label = t('unprotectedPage.addNamed', { name })
  if (plans.length === 1)
    return (
      <Button
        size="xs"
        variant="light"
        leftSection={icon}
        loading={busy}
        aria-label={label}
        onClick={() => onAdd(only)}
      >
        {t('unprotectedPage.addTo', { plan: only.name })}
      </Button>
    )
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          size="xs"
          variant="light"
          leftSection={icon}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          loading={busy}
          aria-label={label}
        >
          {t('unprotectedPage.add')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {plans.map((plan) => (
          <Menu.Item key={plan.id} onClick={() => onAdd(plan)}>
            {plan.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
