import { parseAst } from 'vitest/node'

/** An import of whichever form: static, dynamic, of types, re-export, `require`, or a worker's URL. */
export interface Import {
  readonly specifier: string
  readonly line: number
  /** what is imported, by its name over there; `*` where it is everything */
  readonly names: readonly string[]
}

/** A name, and the line on which it stands. */
export interface Mention {
  readonly name: string
  readonly line: number
}

export interface Export extends Mention {
  /** types and interfaces vanish at run time */
  readonly type: boolean
}

/** What the laws of the house ask of a file. */
export interface SourceFile {
  /** from the root of the repository, with forward slashes */
  readonly path: string
  readonly lines: number
  readonly imports: readonly Import[]
  /** an `import()` of something that is no string in the source */
  readonly computedImports: readonly number[]
  /** names that the file uses without declaring them: globals, and types of the environment */
  readonly globals: readonly Mention[]
  /** members of globals (`Date.now`), calls without arguments that read the clock (`new Date()`) */
  readonly members: readonly Mention[]
  /** `async`, `await`, `for await` */
  readonly asynchronous: readonly number[]
  readonly exports: readonly Export[]
  /** how often each identifier stands in the file, its declaration included */
  readonly mentions: ReadonlyMap<string, number>
  /** nothing in it but what it hands on from other files */
  readonly barrel: boolean
}

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

function* childrenOf(node: Node): Iterable<[key: string, child: Node]> {
  for (const [key, value] of Object.entries(node)) {
    if (isNode(value)) yield [key, value]
    else if (Array.isArray(value)) for (const item of value) if (isNode(item)) yield [key, item]
  }
}

const nameOf = (node: unknown): string | undefined =>
  isNode(node)
    ? ((node.name ?? (node.type === 'Literal' ? node.value : undefined)) as string | undefined)
    : undefined

const literal = (node: unknown): string | undefined =>
  isNode(node) && node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined

/** Keys under which an identifier is a name inside something else, not a variable. */
const LABELS: Readonly<Record<string, readonly string[]>> = {
  MemberExpression: ['property'],
  Property: ['key'],
  PropertyDefinition: ['key'],
  AccessorProperty: ['key'],
  MethodDefinition: ['key'],
  TSAbstractMethodDefinition: ['key'],
  TSAbstractPropertyDefinition: ['key'],
  TSPropertySignature: ['key'],
  TSMethodSignature: ['key'],
  TSEnumMember: ['id'],
  TSQualifiedName: ['right'],
  TSImportType: ['qualifier'],
  TSNamedTupleMember: ['label'],
  TSTypePredicate: ['parameterName'],
  ImportSpecifier: ['imported'],
  ExportSpecifier: ['exported', 'local'],
  ExportAllDeclaration: ['exported'],
  ImportAttribute: ['key'],
  LabeledStatement: ['label'],
  BreakStatement: ['label'],
  ContinueStatement: ['label'],
  MetaProperty: ['meta', 'property'],
}

/** Keys under which an identifier, or a pattern of them, declares names. */
const DECLARATIONS: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ['id'],
  FunctionDeclaration: ['id', 'params'],
  FunctionExpression: ['id', 'params'],
  ArrowFunctionExpression: ['params'],
  ClassDeclaration: ['id'],
  ClassExpression: ['id'],
  CatchClause: ['param'],
  ImportSpecifier: ['local'],
  ImportDefaultSpecifier: ['local'],
  ImportNamespaceSpecifier: ['local'],
  TSInterfaceDeclaration: ['id'],
  TSTypeAliasDeclaration: ['id'],
  TSEnumDeclaration: ['id'],
  TSModuleDeclaration: ['id'],
  TSTypeParameter: ['name'],
  TSMappedType: ['key'],
  TSFunctionType: ['params'],
  TSConstructorType: ['params'],
  TSMethodSignature: ['params'],
  TSCallSignatureDeclaration: ['params'],
  TSConstructSignatureDeclaration: ['params'],
  TSEmptyBodyFunctionExpression: ['params'],
  TSDeclareFunction: ['id', 'params'],
  TSIndexSignature: ['parameters'],
}

function patternNames(node: unknown): string[] {
  if (!isNode(node)) return []
  switch (node.type) {
    case 'Identifier':
      return [node.name as string]
    case 'ObjectPattern':
      return (node.properties as Node[]).flatMap((each) => patternNames(each.value ?? each.argument))
    case 'ArrayPattern':
      return (node.elements as unknown[]).flatMap(patternNames)
    case 'AssignmentPattern':
      return patternNames(node.left)
    case 'RestElement':
      return patternNames(node.argument)
    case 'TSParameterProperty':
      return patternNames(node.parameter)
    default:
      return []
  }
}

/** `Date.now` of `Date.now` and of `globalThis.Date.now`; undefined for members of anything but a global's name. */
function memberName(node: Node): string | undefined {
  const property = node.computed === true ? literal(node.property) : nameOf(node.property)
  const object = node.object as Node
  if (property === undefined) return undefined
  if (object.type === 'Identifier') return `${object.name as string}.${property}`
  const outer = object.type === 'MemberExpression' ? memberName(object) : undefined
  return outer === undefined ? undefined : `${outer}.${property}`
}

const GLOBAL_OBJECT = /^(?:globalThis|self)\./

const isImportMetaUrl = (node: unknown): boolean =>
  isNode(node) &&
  node.type === 'MemberExpression' &&
  (node.object as Node).type === 'MetaProperty' &&
  nameOf(node.property) === 'url'

function importedNames(specifiers: unknown): string[] {
  return (specifiers as Node[]).map((each) => {
    if (each.type === 'ImportSpecifier') return nameOf(each.imported) ?? '*'
    if (each.type === 'ImportDefaultSpecifier') return 'default'
    return each.type === 'ExportSpecifier' ? (nameOf(each.local) ?? '*') : '*'
  })
}

const TYPE_DECLARATIONS: readonly string[] = ['TSInterfaceDeclaration', 'TSTypeAliasDeclaration']

/** Parses one TypeScript file. @throws SyntaxError */
export function readSourceFile(path: string, text: string): SourceFile {
  const program = parseAst(text, { lang: 'ts' }, path) as unknown as Node
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const lineOf = (node: Node): number => starts.findLastIndex((start) => start <= node.start) + 1

  const imports: Import[] = []
  const computedImports: number[] = []
  const mentions: Mention[] = []
  const members: Mention[] = []
  const asynchronous: number[] = []
  const exports: Export[] = []
  const declared = new Set<string>()

  const addImport = (node: Node, source: unknown, names: readonly string[]): void => {
    const specifier = literal(source)
    if (specifier === undefined) computedImports.push(lineOf(node))
    else imports.push({ specifier, line: lineOf(node), names })
  }

  const readExport = (node: Node): void => {
    const declaration = node.declaration as Node | null
    const add = (name: string, of: Node, type: boolean) => exports.push({ name, line: lineOf(of), type })
    if (isNode(declaration)) {
      const type = TYPE_DECLARATIONS.includes(declaration.type)
      if (declaration.type === 'VariableDeclaration')
        for (const each of declaration.declarations as Node[])
          for (const name of patternNames(each.id)) add(name, each, false)
      else for (const name of patternNames(declaration.id)) add(name, declaration, type)
    }
    for (const each of node.specifiers as Node[])
      add(nameOf(each.exported) ?? '*', each, node.exportKind === 'type' || each.exportKind === 'type')
  }

  const readCall = (node: Node): void => {
    const callee = node.callee as Node
    const args = node.arguments as Node[]
    if (callee.type === 'Identifier' && callee.name === 'require') addImport(node, args[0], ['*'])
    if (callee.type === 'Identifier' && callee.name === 'Date' && args.length === 0)
      members.push({ name: node.type === 'NewExpression' ? 'new Date()' : 'Date()', line: lineOf(node) })
    // a worker, or a file read at run time, next to the source; a URL is relative without a dot, too
    const url = callee.type === 'Identifier' && callee.name === 'URL' ? literal(args[0]) : undefined
    if (url?.endsWith('.ts') && isImportMetaUrl(args[1]))
      imports.push({ specifier: url.startsWith('.') ? url : `./${url}`, line: lineOf(node), names: ['*'] })
  }

  const visit = (node: Node, parent: Node | undefined, key: string): void => {
    for (const each of DECLARATIONS[node.type] ?? [])
      for (const target of [node[each]].flat()) {
        if (typeof target === 'string') declared.add(target)
        for (const name of patternNames(target)) declared.add(name)
      }
    if (node.async === true || node.await === true || node.type === 'AwaitExpression')
      asynchronous.push(lineOf(node))
    switch (node.type) {
      case 'ImportDeclaration':
        addImport(node, node.source, importedNames(node.specifiers))
        break
      case 'ExportNamedDeclaration':
        if (isNode(node.source)) addImport(node, node.source, importedNames(node.specifiers))
        readExport(node)
        break
      case 'ExportAllDeclaration':
        addImport(node, node.source, ['*'])
        exports.push({ name: '*', line: lineOf(node), type: node.exportKind === 'type' })
        break
      case 'ExportDefaultDeclaration':
        exports.push({ name: 'default', line: lineOf(node), type: false })
        break
      case 'ImportExpression':
        addImport(node, node.source, ['*'])
        break
      case 'TSImportType':
        addImport(node, node.source, ['*'])
        break
      case 'CallExpression':
      case 'NewExpression':
        readCall(node)
        break
      case 'MemberExpression': {
        const name = memberName(node)
        if (name !== undefined) members.push({ name: name.replace(GLOBAL_OBJECT, ''), line: lineOf(node) })
        // `globalThis.process` is `process` by a longer name
        if (name !== undefined && GLOBAL_OBJECT.test(name))
          mentions.push({ name: name.split('.')[1]!, line: lineOf(node) })
        break
      }
      case 'Identifier': {
        const isLabel = parent !== undefined && LABELS[parent.type]?.includes(key) && parent.computed !== true
        if (!isLabel) mentions.push({ name: node.name as string, line: lineOf(node) })
        break
      }
    }
    for (const [childKey, child] of childrenOf(node)) visit(child, node, childKey)
  }
  visit(program, undefined, '')

  const counts = new Map<string, number>()
  for (const { name } of mentions) counts.set(name, (counts.get(name) ?? 0) + 1)
  const body = program.body as Node[]
  const handsOn = (node: Node) => node.type === 'ExportAllDeclaration' || isNode(node.source)
  return {
    path,
    lines: text.endsWith('\n') ? starts.length - 1 : starts.length,
    imports,
    computedImports,
    globals: mentions.filter(({ name }) => !declared.has(name)),
    members: members.filter(({ name }) => !declared.has(name.split('.')[0]!)),
    asynchronous,
    exports,
    mentions: counts,
    barrel: body.some((node) => node.type !== 'ImportDeclaration' && handsOn(node)) && body.every(handsOn),
  }
}
