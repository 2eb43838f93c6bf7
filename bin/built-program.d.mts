/** Where the build keeps the list of what it was made from. */
export declare function builtFromPath(root: string): string
/** A line for each source. */
export declare function sourceList(root: string): string
/** Folder of the built program, if it is there and its sources are as they were. */
export declare function freshProgram(root: string): string | undefined
