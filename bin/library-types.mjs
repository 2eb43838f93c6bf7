// Writes the types of the library into one file that needs nothing else: neither our sources nor the packages they are written with.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import ts from 'typescript'

/** What the contract says by schemas, as types of which each call and event is a member. */
const SHAPES = `
import type { CallInput, CallName, CallOutput, EventData, EventName } from './index.ts'
export type CallInputs = { [N in CallName]: CallInput<N> }
export type CallOutputs = { [N in CallName]: CallOutput<N> }
export type Events = { [N in EventName]: EventData<N> }
`
/** What is made of them, under the names that the library has for it. */
const NAMES_OF_SHAPES = {
  CallName: 'export type CallName = keyof CallInputs',
  CallInput: 'export type CallInput<N extends CallName> = CallInputs[N]',
  CallOutput: 'export type CallOutput<N extends CallName> = CallOutputs[N]',
  EventName: 'export type EventName = keyof Events',
  EventData: 'export type EventData<N extends EventName> = Events[N]',
}

/** Writes the types of `main/hosts/library` to a file. */
export function writeLibraryTypes(root, file) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, libraryTypes(root))
}

function libraryTypes(root) {
  const entry = join(root, 'main/hosts/library/index.ts')
  const contract = join(root, 'main/contract/index.ts')
  const shapes = join(root, 'main/contract/library-shapes.ts')
  const program = programOf(root, [entry, shapes], new Map([[shapes, SHAPES]]))
  const checker = program.getTypeChecker()
  const exportsOf = (path) =>
    checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(path)))
  const contractTypes = exportsOf(contract).map(aimOf).filter(isPlainAlias)
  const keyOf = (type) => checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation)
  /** The same shape is the same name wherever it stands. */
  const named = new Map()
  for (const symbol of contractTypes) {
    const type = checker.getDeclaredTypeOfSymbol(symbol)
    if (type.getProperties().length > 0) named.set(keyOf(type), symbol)
  }

  const written = new Map()
  const waiting = exportsOf(entry).map(aimOf)
  const exported = new Map(waiting.map((symbol) => [symbol.name, symbol]))
  for (const symbol of exportsOf(shapes)) written.set(symbol.name, shapeText(symbol))
  for (let symbol = waiting.pop(); symbol; symbol = waiting.pop())
    if (!written.has(nameOf(symbol))) {
      written.set(nameOf(symbol), '')
      written.set(nameOf(symbol), textOf(symbol))
    }
  const parts = [...written.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
  return `${parts.join('\n\n')}\n\nexport {}\n`

  /** Where the library means something of its own by a name of the contract, the contract's is told apart. */
  function nameOf(symbol) {
    const other = exported.get(symbol.name)
    return other === undefined || other === symbol ? symbol.name : `${symbol.name}Facts`
  }

  function aimOf(symbol) {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  }

  function textOf(symbol) {
    const source = symbol.declarations[0].getSourceFile().fileName
    if (!relative(join(root, 'main/contract'), source).startsWith('..')) {
      if (NAMES_OF_SHAPES[symbol.name]) return NAMES_OF_SHAPES[symbol.name]
      const type = checker.getDeclaredTypeOfSymbol(symbol)
      return `${docOf(symbol, '')}export type ${nameOf(symbol)} = ${bodyOf(type, '')}`
    }
    for (const declaration of symbol.declarations) enqueueNamesIn(declaration)
    const text = declarationOf(source, symbol.name)
    return exported.has(symbol.name) ? text : text.replace('export ', '')
  }

  /** All of ours that a declaration speaks of. Bodies of functions and classes are no part of it. */
  function enqueueNamesIn(node) {
    if (ts.isBlock(node)) return
    if (ts.isIdentifier(node)) {
      const found = checker.getSymbolAtLocation(node)
      const symbol = found && aimOf(found)
      const isType = symbol && symbol.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Class)
      if (isType && !(symbol.flags & ts.SymbolFlags.TypeParameter) && isOurs(symbol)) waiting.push(symbol)
    }
    ts.forEachChild(node, enqueueNamesIn)
  }

  function isOurs(symbol) {
    const from = relative(join(root, 'main'), symbol.declarations[0].getSourceFile().fileName)
    return !from.startsWith('..')
  }

  function shapeText(symbol) {
    return `export interface ${symbol.name} ${membersOf(checker.getDeclaredTypeOfSymbol(symbol), '')}`
  }

  function docOf(symbol, indent) {
    const lines = ts.displayPartsToString(symbol.getDocumentationComment(checker)).split('\n').filter(Boolean)
    return lines.length === 0 ? '' : `/** ${lines.join(`\n${indent} * `)} */\n${indent}`
  }

  function shapeOf(type, indent) {
    const symbol = type.flags & ts.TypeFlags.Object ? named.get(keyOf(type)) : undefined
    if (!symbol) return bodyOf(type, indent)
    waiting.push(symbol)
    return nameOf(symbol)
  }

  /** A type as it stands, whatever it is called. */
  function bodyOf(type, indent) {
    if (type.flags & ts.TypeFlags.Any) throw new Error('a type of the contract is lost: any')
    if (type.isUnion() && !(type.flags & ts.TypeFlags.Boolean)) return unionOf(type.types, indent)
    if (!(type.flags & ts.TypeFlags.Object)) return keyOf(type)
    if (checker.isTupleType(type))
      return `[${checker
        .getTypeArguments(type)
        .map((each) => shapeOf(each, indent))
        .join(', ')}]`
    if (checker.isArrayType(type)) {
      const [element] = checker.getTypeArguments(type)
      const text = shapeOf(element, indent)
      return text.includes(' | ') && !text.startsWith('{') ? `(${text})[]` : `${text}[]`
    }
    const index = type.getStringIndexType()
    if (index && type.getProperties().length === 0) return `Record<string, ${shapeOf(index, indent)}>`
    return membersOf(type, indent)
  }

  /** What may be absent says so by its question mark. */
  function memberOf(type, isOptional, indent) {
    if (!isOptional || !type.isUnion()) return shapeOf(type, indent)
    return unionOf(
      type.types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined)),
      indent,
    )
  }

  function unionOf(types, indent) {
    const isBoolean = ({ flags }) => flags & ts.TypeFlags.BooleanLiteral
    const both = types.filter(isBoolean).length === 2
    const texts = types.filter((each) => !(both && isBoolean(each))).map((each) => shapeOf(each, indent))
    return [...new Set([...texts, ...(both ? ['boolean'] : [])])].join(' | ')
  }

  function membersOf(type, indent) {
    const properties = type.getProperties()
    if (properties.length === 0) return 'Record<string, never>'
    const inner = `${indent}  `
    const lines = properties.map((property) => {
      const isOptional = property.flags & ts.SymbolFlags.Optional
      const name = /^[A-Za-z_$][\w$]*$/.test(property.name) ? property.name : `'${property.name}'`
      return `${inner}${docOf(property, inner)}${name}${isOptional ? '?' : ''}: ${memberOf(checker.getTypeOfSymbol(property), isOptional, inner)}`
    })
    return `{\n${lines.join('\n')}\n${indent}}`
  }
}

function isPlainAlias(symbol) {
  const [declaration] = symbol.declarations ?? []
  const alias = symbol.declarations?.find(ts.isTypeAliasDeclaration)
  return declaration !== undefined && alias !== undefined && alias.typeParameters === undefined
}

/** The declaration of a name, as the file that declares it has it. */
function declarationOf(path, name) {
  const { outputText } = ts.transpileDeclaration(readFileSync(path, 'utf8'), {
    fileName: path.split(sep).at(-1),
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
  })
  const file = ts.createSourceFile('declarations.d.ts', outputText, ts.ScriptTarget.ESNext, true)
  const found = file.statements.filter((statement) => statement.name?.text === name)
  if (found.length === 0) throw new Error(`no declaration of ${name} in ${path}`)
  return found.map((statement) => statement.getFullText(file).trim()).join('\n')
}

function programOf(root, files, written) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, types: ['node'] }, root)
  const host = ts.createCompilerHost(options)
  const read = host.readFile
  const exists = host.fileExists
  host.readFile = (path) => written.get(path) ?? read(path)
  host.fileExists = (path) => written.has(path) || exists(path)
  const getSourceFile = host.getSourceFile
  host.getSourceFile = (path, ...rest) =>
    written.has(path)
      ? ts.createSourceFile(path, written.get(path), ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS)
      : getSourceFile(path, ...rest)
  return ts.createProgram(files, options, host)
}
