/** What a file is by its first letters: nobody sends gigabytes to be told that they are a zip. */

const beginningBytes = 64 * 1024;

const foreign: readonly (readonly [magic: readonly number[], what: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], "This is a zip archive: unpack it first."],
  [[0x42, 0x5a, 0x68], "This is packed with bzip2: unpack it first, or pack it with gzip."],
  [[0xfd, 0x37, 0x7a, 0x58], "This is packed with xz: unpack it first, or pack it with gzip."],
  [[0x28, 0xb5, 0x2f, 0xfd], "This is packed with zstd: unpack it first, or pack it with gzip."],
  [[0xff, 0xfe], "This is text in UTF-16: save it as UTF-8 or ASCII."],
  [[0xfe, 0xff], "This is text in UTF-16: save it as UTF-8 or ASCII."],
  [[0x43, 0x52, 0x41, 0x4d], "This is CRAM: convert it to FASTQ first."],
  [[0x42, 0x41, 0x4d, 0x01], "This is BAM: convert it to FASTQ first."],
];

/** Why this file can’t be imported, as a sentence for people; null where it may be. */
export async function plainFault(file: Blob): Promise<string | null> {
  if (file.size === 0) {
    return "The file is empty.";
  }
  const start = new Uint8Array(await file.slice(0, beginningBytes).arrayBuffer());
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    return faultOfText(start, file.size <= beginningBytes);
  }
  const unpacked = await firstUnpacked(start);
  return unpacked === null
    ? "The file begins as gzip does, and can’t be unpacked: it is damaged or cut off."
    : faultOfText(unpacked, false);
}

function faultOfText(bytes: Uint8Array, isWhole: boolean): string | null {
  for (const [magic, sentence] of foreign) {
    if (magic.every((byte, place) => bytes[place] === byte)) {
      return sentence;
    }
  }
  const text = new TextDecoder("latin1").decode(bytes).replace(/^\u00ef\u00bb\u00bf/, "");
  const letters = text.trimStart();
  if (letters === "") {
    // The server reads on where there is more.
    return isWhole ? "There is nothing in the file but blank lines." : null;
  }
  return /^(?:[>;@]|LOCUS)/.test(letters)
    ? null
    : "This is neither FASTA (begins with “>”), FASTQ (“@”) nor GenBank (“LOCUS”).";
}

/** What the beginning of a gzip file unpacks to; null if it does not. */
async function firstUnpacked(start: Uint8Array<ArrayBuffer>): Promise<Uint8Array | null> {
  const reader = new Blob([start])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"))
    .getReader();
  try {
    const { value } = await reader.read();
    return value ?? new Uint8Array();
  } catch {
    return null;
  } finally {
    // What follows is cut off by us, and no fault of the file.
    await reader.cancel().catch(() => undefined);
  }
}
