/**
 * The bzip2 format, as libbz2 1.0.8 writes it:
 *
 *     stream = "BZh" level | block ... | 177245385090 crc32 of the blocks' | zero bits up to a byte
 *     block  = 314159265359 crc32 | 1 bit: randomised (not any more) | 24 bits: row of the sorted matrix
 *              which bytes occur: 16 bits, then 16 bits for each of these that is set
 *              3 bits: tables | 15 bits: selectors | selectors | tables | symbols
 *
 * The way of the bytes: runs of 4 to 255 as 4 and a count; Burrows-Wheeler; move-to-front; runs of zero in
 * two symbols; Huffman, a table for each 50 symbols.
 */

/** How a block begins. */
export const blockMagic = [0x314159, 0x265359] as const;
/** How the end of a stream begins. */
export const endMagic = [0x177245, 0x385090] as const;
/** Input bytes of a block, after the first runs, for each level. */
export const levelBytes = 100_000;
/** Symbols that have the same table. */
export const groupSymbols = 50;
/** The fewest tables of a block. */
export const tablesMin = 2;
/** The most tables of a block. */
export const tablesMax = 6;
/** The symbol for a digit 1 of a run of zeros. */
export const runA = 0;
/** The symbol for a digit 2. */
export const runB = 1;
/** A run of equal bytes is written as so many and a count of more. */
export const runBytesMin = 4;
/** The longest run with a count. */
export const runBytesMax = 255;
/** The longest code that is read. */
export const codeBitsMax = 20;
/** The longest code that is written, as libbz2 1.0.8 does. */
export const writtenCodeBitsMax = 17;
