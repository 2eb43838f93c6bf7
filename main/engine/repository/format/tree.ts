/** Directories: what others need of `tree-builder.ts`, `tree-cursor.ts` and `tree-layout.ts`. */
export { createTreeBuilder, type TreeBuilder } from './tree-builder.ts'
export { createTreeCursor, type TreeCursor } from './tree-cursor.ts'
export {
  FLAG_HARD_LINK,
  FLAG_SPARSE,
  FLAG_XATTRS,
  NODE,
  type NodeFacts,
  type NodeType,
  type Xattr,
} from './tree-layout.ts'
