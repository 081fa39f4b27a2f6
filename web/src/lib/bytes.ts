/** A number of bytes as people read it: `840 bytes`, `12 kB`, `3.4 MB`. */
export function byteCount(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  }
  if (bytes < 1_000_000) {
    return `${Math.round(bytes / 1000)} kB`;
  }
  const megabytes = bytes / 1_000_000;
  return `${megabytes < 99.95 ? megabytes.toFixed(1) : Math.round(megabytes)} MB`;
}
