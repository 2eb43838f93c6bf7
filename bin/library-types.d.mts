/** Writes the types of the library to a file. */
export declare function writeLibraryTypes(root: string, file: string): void
