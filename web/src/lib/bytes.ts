/** A number of bytes as people read it: `840 bytes`, `12 kB`, `3.4 MB`, `2.1 GB`. */
export function byteCount(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  }
  if (bytes < 1_000_000) {
    return `${Math.round(bytes / 1000)} kB`;
  }
  const megabytes = bytes / 1_000_000;
  if (megabytes >= 999.5) {
    const gigabytes = bytes / 1e9;
    return `${gigabytes < 99.95 ? gigabytes.toFixed(1) : Math.round(gigabytes)} GB`;
  }
  return `${megabytes < 99.95 ? megabytes.toFixed(1) : Math.round(megabytes)} MB`;
}
