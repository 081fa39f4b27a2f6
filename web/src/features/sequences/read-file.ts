/** A chosen file as text, plain or gzip, as long as a page may hold it. */
import { byteCount } from "@/lib/bytes";

const largestBytes = 20_000_000;

/** The message is for people, and goes on after the file's name. */
export class UnreadableFile extends Error {
  constructor(
    message: string,
    /** Whether the import of files takes it. */
    readonly canBeImported = false,
  ) {
    super(message);
  }
}

/** Throws `UnreadableFile` for what is too large, and for what is no text. */
export async function readTextFile(file: File): Promise<string> {
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const isGzip = start[0] === 0x1f && start[1] === 0x8b;
  if (file.size > largestBytes) {
    throw tooLarge(file.size);
  }
  const plain = isGzip ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream();
  const bytes = await gathered(plain);
  const text = new TextDecoder().decode(bytes);
  if (text.includes("\u0000")) {
    throw new UnreadableFile("This is no text. FASTA is plain text, or gzip of it.");
  }
  if (text.startsWith("@")) {
    throw new UnreadableFile(
      "This looks like FASTQ, which this form doesn’t read. Import it.",
      true,
    );
  }
  if (text.startsWith("LOCUS")) {
    throw new UnreadableFile(
      "This looks like GenBank, which this form doesn’t read. Import it.",
      true,
    );
  }
  return text;
}

async function gathered(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      size += read.value.length;
      if (size > largestBytes) {
        throw tooLarge(size);
      }
      pieces.push(read.value);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    if (error instanceof TypeError) {
      throw new UnreadableFile("Its gzip is damaged.");
    }
    throw error;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function tooLarge(bytes: number): UnreadableFile {
  return new UnreadableFile(
    `This is ${byteCount(bytes)} of text or more; this form reads up to ${byteCount(largestBytes)}. The import takes files of any size.`,
    true,
  );
}
